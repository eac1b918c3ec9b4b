#include "onem2m/model/specialization.h"

#include <algorithm>
#include <array>

namespace isthmus::onem2m {
namespace {

// Each attribute as name:type, then ! if it has to be given at CREATE, ^ if it can be given only there. Types: b
// boolean, i integer, n nonNegInteger, f float, s string, u anyURI, t timestamp, l list, a actionStatus.

struct ModuleClass {
  std::string_view root, longName, attributes;
};

// TS-0023, release 5.6.0: the ModuleClasses of the domains cod and mad.
constexpr ModuleClass kModuleClasses[] = {
    {"cod:acoSr", "acousticSensor", "louds:f! acoSs:i"},
    {"cod:aiQSr", "airQualitySensor",
     "monEd:b pm1:i pm25:i pm10:i tsp:f odor:i humiy:f tempe:f airPe:f co:f co2:f ch2o:f voc:f no2:f "
     "so2:f o3:f noise:f winDn:f winSd:f"},
    {"cod:alaSr", "alarmSpeaker", "tone:n light:n alaSs:b!"},
    {"cod:anemr", "anemometer", "winSd:f!"},
    {"cod:audVe", "audioVolume", "volVe:i! steVe:i maxVe:i mutEd:b! saAVe:b!"},
    {"cod:baror", "barometer", "alarm:b atmPe:f! miPTd:i maPTd:i"},
    {"cod:bat", "battery",
     "lvl:i! capay:i reche:b charg:b discg:b lowBy:b batTd:i chaVe:f chaAe:f disVe:f disAe:f batMl:n "
     "batSe:n"},
    {"cod:binOt", "binaryObject", "objet:s! objTe:s! size:i hash:s"},
    {"cod:binSh", "binarySwitch", "state:b!"},
    {"cod:brigs", "brightness", "brigs:i!"},
    {"cod:clock", "clock", "curTe:s! curDe:s! cuTZe:s"},
    {"cod:color", "colour", "red:i! green:i! blue:i!"},
    {"cod:colSn", "colourSaturation", "colSn:i!"},
    {"cod:conny", "connectivity",
     "rsrp:i! rsrq:i celID:i rssi:i siECL:i sinr:i pci:s daATe:i dNOCs:i coFVe:i cuCBn:t cuCVe:i "
     "cCTEs:i miCLy:i"},
    {"cod:creds", "credentials", "logNe:s pwd:s tk:s"},
    {"cod:dooSs", "doorStatus", "dooSe:n! opeDn:t opeAm:b"},
    {"cod:eneCn", "energyConsumption", "power:f abECn:f! roECn:i sigDs:i mulFs:i volte:f currt:f freqy:f meaSe:s"},
    {"cod:eneGn", "energyGeneration", "poGDa:f roEGn:i sigDs:i mulFs:i genSe:s!"},
    {"cod:fauDn", "faultDetection", "sus:b! code:i dc:s"},
    {"cod:geoLn", "geoLocation", "latie:f! longe:f! altie:f headg:f horAy:f verAy:f heaAy:f tarLe:f tarL0:f tarAe:f"},
    {"cod:heaSr", "headingSensor", "headg:f! heaAy:f"},
    {"cod:heigt", "height", "heigt:f!"},
    {"cod:impSr", "impactSensor", "impSs:b! impLl:f imDHl:f imDVl:f"},
    {"cod:infSr", "infraredSensor", "detVe:b! detTe:t!"},
    {"cod:keypd", "keypad", "keyNr:i!"},
    {"cod:liqLl", "liquidLevel", "liqLl:n!"},
    {"cod:lock", "lock", "lock:b!"},
    {"cod:maSPs", "magneticSensorParameters", "detIl:f! iniMc:f maSLl:i hiMAm:b!"},
    {"cod:motSr", "motionSensor", "alarm:b! silTe:i sensy:i"},
    {"cod:numVe", "numberValue", "numVe:f! minVe:f maxVe:f defVe:f step:f"},
    {"cod:opeLl", "openLevel", "opeLl:i! steVe:i minLl:i maxLl:i"},
    {"cod:oveSr", "overcurrentSensor", "oveSs:b! detTe:t! dur:f!"},
    {"cod:peRCg", "periodicalReportConfig", "bacTe:i! perid:i retTs:i retIl:i"},
    {"cod:powS0", "powerSave", "poSEd:b!"},
    {"cod:pulsr", "pulsemeter", "pulRe:f! r0:f enery:f moday:s"},
    {"cod:pusBn", "pushButton", "pushd:b!"},
    {"cod:raiGe", "rainGauge", "gauHt:i!"},
    {"cod:relHy", "relativeHumidity", "relHy:f! desHy:f"},
    {"cod:runSe", "runState", "cuMSe:n! macSs:l! cuJSe:n! jobSs:l! proPe:f!"},
    {"cod:sigSh", "signalStrength", "lqi:i! rssi:f"},
    {"cod:smoSr", "smokeSensor", "alarm:b! detTe:t smoTd:i crv:i senFt:b lowVe:b dismd:b powOn:b"},
    {"cod:tempe", "temperature", "curT0:f! tarTe:f unit:n minVe:f maxVe:f steVe:f"},
    {"cod:temAm", "temperatureAlarm", "unit:n tempe:f hiTAm:b! hTATd:f loTAm:b! lTATd:f alaTp:t"},
    {"cod:texMe", "textMessage", "texMe:s! suMVs:l minLh:i maxLh:i mesEg:s defVe:s"},
    {"cod:timer", "timer", "refTr:i tTTSt:i tTTSp:i eTTEd:i runTe:i tarDn:i abSTe:t abST0:t"},
    {"cod:uveSr", "uvSensor", "uvaVe:f! uvtSs:n"},
    {"cod:watFw", "waterFlow", "waFSh:n!"},
    {"cod:watSr", "waterSensor", "alarm:b!"},
    {"cod:weigt", "weight", "weigt:f! unit:n"},
    {"mad:dmAgt", "dmAgent", "state:n! stoAe:i stoTl:i ramAe:i ramTl:i powSs:n cpuUe:i sysTe:t"},
    {"mad:dmDIo", "dmDeviceInfo",
     "serNr:s manur:s maDLk:u manDe:t model:s subMl:s hweVn:s oseVn:s couny:s suURL:u prURL:u friNe:s "
     "dc:s"},
    {"mad:dDMIO", "dmDataModelIO", "daMTe:n!"},
    {"mad:dmFie", "dmFirmware", "mulFe:b! priSe:n! priNe:s! priVn:s! priUl:u secSe:n secNe:s secVn:s secUl:u compt:s"},
    {"mad:dmSoe", "dmSoftware", "state:n! name:s versn:s"},
    {"mad:dmELg", "dmEventLog", "type:i! data:s! sus:i! enabd:b!"},
    {"mad:dmPae", "dmPackage", "type:n! state:n! name:s versn:s url:u softs:l"},
    {"mad:dANDo", "dmAreaNwkDeviceInfo", "devId:s! devTe:n! sleIl:i sleDn:i sus:s"},
    {"mad:dmCay", "dmCapability", "name:s! attad:b! curSe:b!"},
    {"mad:dmSte", "dmStorage",
     "UUID:s type:i name:s wriSd:i reaSd:i avaSe:i! totSe:i! prese:i sus:i mouns:i forUs:i filSm:s "
     "mouPt:s mouOs:s write:b!"},
};

struct Management {
  std::string_view root;
  unsigned definition;
  std::string_view attributes;
};

// TS-0004 annex D, TS-0022 for 1031.
constexpr Management kManagement[] = {
    {"m2m:fwr", 1001, "vr:s! fwn:s! url:u! ud:b! uds:a"},
    {"m2m:swr", 1002, "vr:s! swn:s! url:u! ins:a acts:a in:b un:b act:b dea:b"},
    {"m2m:mem", 1003, "mma:n! mmt:n!"},
    {"m2m:ani", 1004, "ant:s! ldv:l"},
    {"m2m:andi", 1005, "dvd:s! dvt:s! awi:u! sli:i sld:i ss:s lnh:l"},
    {"m2m:bat", 1006, "btl:n! bts:n!"},
    {"m2m:dvi", 1007,
     "dlb:s! man:s!^ mod:s!^ dty:s! fwv:s swv:s hwv:s^ dvnm:s smod:s osv:s mfdl:u mfd:t cnty:s loc:s "
     "syst:t spur:u purl:u ptl:l"},
    {"m2m:dvc", 1008, "can:s! att:b! cas:a! cus:b! ena:b dis:b"},
    {"m2m:rbo", 1009, "rbo:b far:b"},
    {"m2m:evl", 1010, "lgt:n! lgd:s! lgst:n! lga:b lgo:b"},
    {"dcfg:mnwk", 1031, "cnb:n! rss:i liqu:i ipad:l ripa:l apna:l ceid:n smnc:n smcc:n lac:n coel:n"},
};

AttributeType typeOf(char letter) {
  switch (letter) {
    case 'b': return AttributeType::boolean;
    case 'i': return AttributeType::integer;
    case 'n': return AttributeType::nonNegInteger;
    case 'f': return AttributeType::real;
    case 'u': return AttributeType::uri;
    case 't': return AttributeType::timestamp;
    case 'l': return AttributeType::list;
    case 'a': return AttributeType::actionStatus;
    default: return AttributeType::string;
  }
}

std::vector<AttributeDefinition> attributesOf(std::string_view text) {
  std::vector<AttributeDefinition> attributes;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const std::size_t colon = word.find(':');
    attributes.push_back({word.substr(0, colon), typeOf(word[colon + 1]), word.find('!') != std::string_view::npos,
                          word.find('^') != std::string_view::npos});
  }
  return attributes;
}

std::string definitionOf(const ModuleClass& module) {
  const bool management = module.root.starts_with("mad:");
  return std::string("org.onem2m.")
      .append(management ? "management" : "common")
      .append(".moduleclass.")
      .append(module.longName);
}

std::vector<Specialization> all() {
  std::vector<Specialization> list;
  for (const ModuleClass& module : kModuleClasses)
    list.push_back(
        {ResourceType::flexContainer, module.root, definitionOf(module), 0, attributesOf(module.attributes)});
  for (const Management& management : kManagement)
    list.push_back(
        {ResourceType::mgmtObj, management.root, {}, management.definition, attributesOf(management.attributes)});
  return list;
}

std::string_view withoutPrefix(std::string_view root) { return root.substr(root.find(':') + 1); }

}  // namespace

const AttributeDefinition* Specialization::attribute(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &AttributeDefinition::name);
  return found == attributes.end() ? nullptr : &*found;
}

std::span<const Specialization> specializations() {
  static const std::vector<Specialization> kAll = all();
  return kAll;
}

const Specialization* specialization(ResourceType type, std::string_view name) {
  for (const Specialization& one : specializations()) {
    const bool same = one.root == name || (type == ResourceType::mgmtObj && withoutPrefix(one.root) == name);
    if (one.type == type && same) return &one;
  }
  return nullptr;
}

std::string_view placeholder(std::string_view root, const AttributeDefinition& attribute) {
  if (root == "m2m:bat" && attribute.name == "bts") return "7";   // unknown
  if (root == "m2m:evl" && attribute.name == "lgst") return "3";  // unknown
  if (root == "m2m:evl" && attribute.name == "lgt") return "1";   // system
  switch (attribute.type) {
    case AttributeType::boolean: return "false";
    case AttributeType::integer:
    case AttributeType::nonNegInteger:
    case AttributeType::real: return "0";
    case AttributeType::timestamp: return "\"19700101T000000\"";
    case AttributeType::list: return "[]";
    case AttributeType::actionStatus: return R"({"acn":"","sus":0})";
    case AttributeType::string:
    case AttributeType::uri: break;
  }
  return "\"\"";
}

std::string_view opposite(std::string_view root, std::string_view attribute) {
  struct Pair {
    std::string_view root, one, other;
  };
  static constexpr std::array<Pair, 5> kPairs = {{{"m2m:swr", "in", "un"},
                                                  {"m2m:swr", "act", "dea"},
                                                  {"m2m:rbo", "rbo", "far"},
                                                  {"m2m:dvc", "ena", "dis"},
                                                  {"m2m:evl", "lga", "lgo"}}};
  for (const auto& [owner, one, other] : kPairs) {
    if (owner != root) continue;
    if (attribute == one) return other;
    if (attribute == other) return one;
  }
  return {};
}

}  // namespace isthmus::onem2m
