// How fast each LwM2M format is decoded and encoded, on one core: one JSON object on stdout.
//
// usage: codec_speed [seconds per figure, default 0.2]
#include "lwm2m/codec/codec.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <time.h>

namespace {

using namespace isthmus;
using namespace isthmus::lwm2m;

constexpr int kRounds = 5;  // the median of these is what is printed
constexpr std::array kFormats{ContentFormat::text,      ContentFormat::opaque,        ContentFormat::cbor,
                              ContentFormat::tlv,       ContentFormat::json,          ContentFormat::senmlJson,
                              ContentFormat::senmlCbor, ContentFormat::senmlEtchJson, ContentFormat::senmlEtchCbor,
                              ContentFormat::lwm2mCbor};

struct Sample {
  const char* name;
  Path base;
  std::vector<Record> records;
};

// What devices send most: one value; a whole instance; a history of one value.
std::vector<Sample> samples() {
  const auto integer = [](std::int64_t value) { return Value(value); };
  Sample history{"history_of_32", Path(3303, 0, 5700), std::vector<Record>(32)};
  for (std::size_t i = 0; i < history.records.size(); ++i) {
    history.records[i].path = history.base;
    history.records[i].value = 20.5 + static_cast<double>(i);
    history.records[i].time = WallTime(seconds(1'700'000'000 + 60 * static_cast<std::int64_t>(i)));
  }
  return {{"one_resource", Path(3303, 0, 5700), {{Path(3303, 0, 5700), 21.5, {}}}},
          {"one_opaque_resource", Path(3442, 0, 150), {{Path(3442, 0, 150), Opaque{Bytes(64, 0xAB)}, {}}}},
          {"device_instance",
           Path(3, 0),
           {{Path(3, 0, 0), std::string("Open Mobile Alliance"), {}},
            {Path(3, 0, 1), std::string("Lightweight M2M Client"), {}},
            {Path(3, 0, 2), std::string("345000123"), {}},
            {Path(3, 0, 3), std::string("1.0"), {}},
            {Path(3, 0, 6, 0), integer(1), {}},
            {Path(3, 0, 6, 1), integer(5), {}},
            {Path(3, 0, 7, 0), integer(3800), {}},
            {Path(3, 0, 7, 1), integer(5000), {}},
            {Path(3, 0, 8, 0), integer(125), {}},
            {Path(3, 0, 8, 1), integer(900), {}},
            {Path(3, 0, 9), integer(100), {}},
            {Path(3, 0, 10), integer(15), {}},
            {Path(3, 0, 11, 0), integer(0), {}},
            {Path(3, 0, 13), Time{1367491215}, {}},
            {Path(3, 0, 14), std::string("+02:00"), {}},
            {Path(3, 0, 16), std::string("U"), {}}}},
          history};
}

// Of this thread: others of the machine take time, but none of this.
double cpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Seconds that one call takes: the median of some rounds.
template <class Work>
double secondsFor(double duration, Work work) {
  std::array<double, kRounds> rounds{};
  std::size_t batch = 1;
  for (double& round : rounds) {
    while (true) {
      const double start = cpuSeconds();
      for (std::size_t i = 0; i < batch; ++i) work();
      const double took = cpuSeconds() - start;
      round = took / static_cast<double>(batch);
      if (took >= duration / kRounds) break;
      batch *= 2;
    }
  }
  std::ranges::sort(rounds);
  return rounds[kRounds / 2];
}

void print(const char* direction, double seconds, std::size_t bytes, std::size_t records) {
  std::printf(R"("%s":{"mb_s":%.1f,"ns_per_record":%.1f})", direction, static_cast<double>(bytes) / seconds / 1e6,
              seconds * 1e9 / static_cast<double>(records));
}

[[noreturn]] void broken(const Error& error) {
  std::fprintf(stderr, "codec_speed: %s\n", error.text().c_str());
  std::exit(70);
}

// False if the format has no form for the sample.
bool measure(ContentFormat format, const Sample& sample, const ObjectRegistry& registry, double duration, bool first) {
  const DeviceModel model(registry, {}, Version{1, 1});
  const EncodeContext writing{model, sample.base};
  const DecodeContext reading{model, sample.base, WallTime(seconds(1'700'000'000))};
  const auto payload = encode(format, sample.records, writing);
  if (!payload) return false;
  std::size_t sink = 0;
  const auto decoding = [&] {
    const auto records = decode(format, *payload, reading);
    if (!records) broken(records.error());
    sink += records->size();
  };
  const auto encoding = [&] {
    const auto written = encode(format, sample.records, writing);
    if (!written) broken(written.error());
    sink += written->size();
  };
  decoding();
  encoding();
  std::printf(R"(%s"%s":{"bytes":%zu,"records":%zu,)", first ? "" : ",", sample.name, payload->size(),
              sample.records.size());
  print("decode", secondsFor(duration, decoding), payload->size(), sample.records.size());
  std::printf(",");
  print("encode", secondsFor(duration, encoding), payload->size(), sample.records.size());
  std::printf("}");
  if (sink == 0) broken({Errc::internal, "nothing was done", sample.name});
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const double duration = argc > 1 ? std::atof(argv[1]) : 0.2;
  const ObjectRegistry registry = ObjectRegistry::builtin();
  std::printf("{");
  for (const ContentFormat format : kFormats) {
    std::printf(R"(%s"%s":{)", format == kFormats.front() ? "" : ",", std::string(name(format)).c_str());
    bool first = true;
    for (const Sample& sample : samples())
      if (measure(format, sample, registry, duration, first)) first = false;
    std::printf("}");
  }
  std::printf("}\n");
  return 0;
}
