#include "lwm2m/codec/content_format.h"

#include <algorithm>
#include <array>

namespace isthmus::lwm2m {
namespace {

struct Entry {
  ContentFormat format;
  std::string_view name;
  std::string_view mediaType;
};

constexpr std::array<Entry, 13> kFormats{{
    {ContentFormat::text, "text", "text/plain"},
    {ContentFormat::link, "link format", "application/link-format"},
    {ContentFormat::opaque, "opaque", "application/octet-stream"},
    {ContentFormat::cbor, "CBOR", "application/cbor"},
    {ContentFormat::senmlJson, "SenML JSON", "application/senml+json"},
    {ContentFormat::senmlCbor, "SenML CBOR", "application/senml+cbor"},
    {ContentFormat::senmlEtchJson, "SenML-ETCH JSON", "application/senml-etch+json"},
    {ContentFormat::senmlEtchCbor, "SenML-ETCH CBOR", "application/senml-etch+cbor"},
    {ContentFormat::tlvPreRelease, "TLV (1542)", "application/vnd.oma.lwm2m+tlv"},
    {ContentFormat::jsonPreRelease, "JSON (1543)", "application/vnd.oma.lwm2m+json"},
    {ContentFormat::tlv, "TLV", "application/vnd.oma.lwm2m+tlv"},
    {ContentFormat::json, "JSON", "application/vnd.oma.lwm2m+json"},
    {ContentFormat::lwm2mCbor, "LwM2M CBOR", "application/vnd.oma.lwm2m+cbor"},
}};

}  // namespace

std::string_view name(ContentFormat format) {
  const auto* found = std::ranges::find(kFormats, format, &Entry::format);
  return found == kFormats.end() ? "unknown" : found->name;
}

std::string_view mediaType(ContentFormat format) {
  const auto* found = std::ranges::find(kFormats, format, &Entry::format);
  return found == kFormats.end() ? "application/octet-stream" : found->mediaType;
}

}  // namespace isthmus::lwm2m
