#include "ipe/app/notify_counters.h"

namespace isthmus::app {

void addNotifyCounters(const NotifyFigures& figures, const proxy::ApplicationCounters& applications,
                       std::vector<std::pair<std::string, std::uint64_t>>& counters) {
  counters.insert(counters.end(), {{"cse_notifications_total", figures.received},
                                   {"cse_notifications_malformed_total", figures.malformed},
                                   {"cse_notifications_foreign_total", figures.foreign},
                                   {"cse_notifications_unknown_total", applications.unknown},
                                   {"cse_notifications_repeated_total", applications.repeated},
                                   {"cse_notifications_own_total", applications.own},
                                   {"cse_notifications_overtaken_total", applications.overtaken},
                                   {"blocking_updates_total", applications.blocking},
                                   {"cse_verifications_total", figures.verifications},
                                   {"application_commands_total", applications.commands},
                                   {"application_commands_refused_total", applications.refused}});
}

}  // namespace isthmus::app
