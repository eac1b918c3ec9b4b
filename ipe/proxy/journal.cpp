#include "ipe/proxy/journal.h"

namespace isthmus::proxy {

Account& Account::operator+=(const Account& other) {
  received += other.received;
  for (std::size_t i = 0; i < kFates; ++i) fates[i] += other.fates[i];
  inDoubt += other.inDoubt;
  return *this;
}

bool Batch::empty() const { return onlyDeliveries() && fates.empty() && accounts.empty(); }

bool Batch::onlyDeliveries() const {
  return registrations.empty() && answered.empty() && rows.empty() && trees.empty() && distinguished.empty() &&
         commands.empty() && commandChanges.empty() && badPayloads.empty() && forgotten.empty() && !plannedRules;
}

void Batch::clear() {
  registrations.clear();
  answered.clear();
  rows.clear();
  fates.clear();
  accounts.clear();
  trees.clear();
  distinguished.clear();
  commands.clear();
  commandChanges.clear();
  badPayloads.clear();
  forgotten.clear();
  plannedRules.reset();
}

}  // namespace isthmus::proxy
