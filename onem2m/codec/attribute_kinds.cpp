#include "onem2m/codec/attribute_kinds.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace isthmus::onem2m {
namespace {

// Primitives and resources: TS-0004 8.2.2 to 8.2.4.
constexpr std::string_view kNumbers[] = {
    "acop", "cbs", "cni", "cnm", "cnst", "cnot", "crb", "cs",   "cst", "csy",  "dcnt", "drt", "ec",  "eem",
    "exc",  "fo",  "fu",  "lim", "lvl",  "mbs",  "mdc", "mdn",  "mdt", "mgd",  "mgs",  "mia", "mni", "mnm",
    "mnn",  "mt",  "nct", "nec", "nsp",  "nty",  "num", "ofst", "op",  "pei",  "peid", "pn",  "psn", "rcn",
    "rs",   "rsc", "rss", "rtv", "snr",  "spty", "sts", "stb",  "st",  "sza",  "szb",  "twt", "tww", "ty",
    "typ",  "btl", "bts", "mma", "mmt",  "sli",  "sld", "ss",   "lgt", "lgst", "sist", "sus", "cnb", "dcrp"};
constexpr std::string_view kBooleans[] = {"att", "act", "can",  "cus", "dea",  "disr", "eeno", "ena", "dis", "far",
                                          "in",  "lga", "lgo",  "ln",  "mdd",  "mtv",  "nse",  "rbo", "rms", "rqag",
                                          "rr",  "ssi", "tren", "un",  "trps", "ud",   "vlde", "vrq", "sud", "fcied"};
constexpr std::string_view kTexts[] = {"aa",   "acor", "acpi", "acrs", "adri", "airi", "apri", "at",   "atr", "csz",
                                       "daci", "hael", "hsl",  "lbl",  "macp", "mdlt", "mgca", "mid",  "nu",  "obis",
                                       "obps", "ops",  "poa",  "ptl",  "rels", "scp",  "srv",  "subi", "uril"};
constexpr std::string_view kNumberLists[] = {"srt", "net", "chty"};
constexpr std::string_view kItems[] = {"acr", "acco", "acod", "rrf", "ch", "cmlk", "conr", "nsi", "ape", "actw", "om"};

// Data points of the module classes that devices are shown as: TS-0023 5.3, `cod`.
constexpr std::string_view kDataPoints[] = {
    "abECn", "acoSs", "airPe", "altie", "atmPe", "batMl", "batSe", "batTd", "blue",  "brigs", "cCTEs", "capay", "celID",
    "ch2o",  "chaAe", "chaVe", "co",    "co2",   "coFVe", "code",  "colSn", "crv",   "cuCVe", "cuJSe", "cuMSe", "curT0",
    "currt", "dNOCs", "daATe", "defVe", "desHy", "detIl", "disAe", "disVe", "dooSe", "dur",   "enery", "freqy", "gauHt",
    "green", "hTATd", "heaAy", "headg", "heigt", "horAy", "humiy", "imDHl", "imDVl", "impLl", "iniMc", "keyNr", "lTATd",
    "latie", "light", "liqLl", "longe", "louds", "lqi",   "lvl",   "maPTd", "maSLl", "maxLh", "maxLl", "maxVe", "miCLy",
    "miPTd", "minLh", "minLl", "minVe", "mulFs", "no2",   "noise", "numVe", "o3",    "odor",  "opeLl", "perid", "pm1",
    "pm10",  "pm25",  "poGDa", "power", "proPe", "pulRe", "r0",    "red",   "refTr", "relHy", "retIl", "retTs", "roECn",
    "roEGn", "rsrp",  "rsrq",  "rssi",  "runTe", "sensy", "siECL", "sigDs", "silTe", "sinr",  "size",  "smoTd", "so2",
    "steVe", "step",  "tTTSp", "tTTSt", "tarAe", "tarDn", "tarL0", "tarLe", "tarTe", "tempe", "tone",  "tsp",   "unit",
    "uvaVe", "uvtSs", "verAy", "voc",   "volVe", "volte", "waFSh", "weigt", "winDn", "winSd"};
constexpr std::string_view kSwitches[] = {"alaSs", "alarm", "charg", "detVe", "discg", "dismd", "hiMAm", "hiTAm",
                                          "impSs", "loTAm", "lock",  "lowBy", "lowVe", "monEd", "mutEd", "opeAm",
                                          "oveSs", "poSEd", "powOn", "pushd", "reche", "saAVe", "senFt", "state"};

struct Row {
  std::string_view name;
  AttributeKind kind;
};

const std::vector<Row>& table() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> all;
    const auto add = [&all](const auto& names, AttributeKind kind) {
      for (const std::string_view name : names) all.push_back({name, kind});
    };
    add(kNumbers, AttributeKind::number);
    add(kDataPoints, AttributeKind::number);
    add(kBooleans, AttributeKind::boolean);
    add(kSwitches, AttributeKind::boolean);
    add(kTexts, AttributeKind::texts);
    add(kNumberLists, AttributeKind::numbers);
    add(kItems, AttributeKind::items);
    std::ranges::stable_sort(all, {}, &Row::name);
    return all;
  }();
  return rows;
}

}  // namespace

AttributeKind kindOf(std::string_view shortName, std::string_view owner) {
  // One event in a notification, a list of them in a subscription (TS-0004 7.5.1.1, 6.3.5.7).
  if (shortName == "net" && owner == "nev") return AttributeKind::number;
  const auto found = std::ranges::lower_bound(table(), shortName, {}, &Row::name);
  return found != table().end() && found->name == shortName ? found->kind : AttributeKind::text;
}

}  // namespace isthmus::onem2m
