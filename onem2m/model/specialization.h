#pragma once

#include "onem2m/model/primitive.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::onem2m {

enum class AttributeType : std::uint8_t {
  boolean,
  integer,
  nonNegInteger,
  real,
  string,
  uri,
  timestamp,  // m2m:timestamp, 20260101T000000
  list,
  actionStatus,  // {"acn":"update","sus":3}, TS-0004 m2m:actionStatus
};

struct AttributeDefinition {
  std::string_view name;  // short name
  AttributeType type = AttributeType::string;
  bool mandatory = false;   // at CREATE
  bool createOnly = false;  // never in an UPDATE
};

// A kind of <flexContainer> (a ModuleClass of TS-0023) or of <mgmtObj> (TS-0004 annex D): what its own attributes are.
struct Specialization {
  ResourceType type = ResourceType::flexContainer;
  std::string_view root;        // "cod:tempe", "m2m:bat"
  std::string definition;       // cnd of a flexContainer
  unsigned mgmtDefinition = 0;  // mgd of a mgmtObj
  std::vector<AttributeDefinition> attributes;

  const AttributeDefinition* attribute(std::string_view name) const;  // null: it has none of that name
};

// Null for a class that is not known. A mgmtObj is also found without its prefix: "bat".
const Specialization* specialization(ResourceType type, std::string_view name);
std::span<const Specialization> specializations();

// What stands for an attribute that has to be given while nothing is known: JSON text. `false`, 0, "" ...
std::string_view placeholder(std::string_view root, const AttributeDefinition& attribute);

// Attributes of a mgmtObj that exclude each other when both are true (TS-0004 D.3.2.2, D.10.2.2); "" for none.
std::string_view opposite(std::string_view root, std::string_view attribute);

}  // namespace isthmus::onem2m
