#include "ipe/app/dtls_counters.h"

namespace isthmus::app {

void addDtlsCounters(const lwm2m::coap::DtlsCarrier& carrier,
                     std::vector<std::pair<std::string, std::uint64_t>>& counters) {
  const lwm2m::coap::DtlsCounters& from = carrier.counters();
  counters.insert(counters.end(), {{"dtls_sessions", carrier.sessions()},
                                   {"dtls_half_open", carrier.halfOpen()},
                                   {"dtls_handshakes_total", from.handshakes},
                                   {"dtls_resumed_total", from.resumed},
                                   {"dtls_failed_total", from.failed},
                                   {"dtls_unknown_identity_total", from.unknownIdentity},
                                   {"dtls_timed_out_total", from.timedOut},
                                   {"dtls_wrong_key_total", from.wrongKey},
                                   {"dtls_refused_total", from.refused},
                                   {"dtls_cookies_total", from.cookies},
                                   {"dtls_replaced_total", from.replaced},
                                   {"dtls_ended_total", from.ended},
                                   {"dtls_stray_total", from.stray},
                                   {"dtls_unsent_total", from.unsent}});
}

}  // namespace isthmus::app
