#include "codec_vectors.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace isthmus;
using namespace isthmus::lwm2m;
using namespace isthmus::lwm2m::testing;

namespace {

using Text = std::string;

Value integer(std::int64_t value) { return value; }

const Path kLeaf(17, 26, 1);
const Path kInstance(17, 26);

std::vector<Record> leaf(Value value) { return {{kLeaf, std::move(value), {}}}; }

// The same one resource; /17/26/1 is known to nobody here, so that the payload says the type.
Vector shape(std::string title, std::string_view payload, Form form = Form::accepted) {
  return {std::move(title), kInstance, leaf(integer(42)), hex(payload), form};
}

Vector two(std::string title, std::string_view payload, Form form = Form::accepted) {
  return {
      std::move(title), kInstance, {{kLeaf, integer(42), {}}, {Path(17, 26, 2), Text("ab"), {}}}, hex(payload), form};
}

std::vector<Vector> shapes() {
  return {
      shape("one resource", "a18311181a01182a", Form::canonical),
      shape("everything of indefinite length", "bf9f11181a01ff182aff"),
      shape("nested maps", "a111a1181aa101182a"),
      shape("nested maps of indefinite length", "bf11bf181abf01182affffff"),
      shape("nested one-element arrays", "a18111a181181aa18101182a"),
      shape("an array, then an id", "a18211181aa101182a"),
      shape("an id, then an array", "a111a182181a01182a"),
      shape("ids in more bytes than they need", "a18318 11 19001a 1a00000001 182a"),
      two("two resources side by side", "a28311181a01182a8311181a02626162"),
      two("two resources below their instance", "a18211181aa201182a02626162", Form::canonical),
      two("two resources, one of them nested", "a211a1181aa101182a8311181a02626162"),
      two("two resources below their object, of indefinite length", "bf11bf181abf01182a027f61616162ffffffff"),
  };
}

std::vector<Vector> vectors() {
  return {
      {"manufacturer",
       Path(3, 0, 0),
       {{Path(3, 0, 0), Text("Open Mobile Alliance"), {}}},
       hex("a183030000744f70656e204d6f62696c6520416c6c69616e6365")},
      {"manufacturer in nested maps",
       Path(3, 0, 0),
       {{Path(3, 0, 0), Text("Open Mobile Alliance"), {}}},
       hex("a103a100a100744f70656e204d6f62696c6520416c6c69616e6365"),
       Form::accepted},
      {"a multiple resource",
       Path(3, 0, 6),
       {{Path(3, 0, 6, 0), integer(1), {}}, {Path(3, 0, 6, 1), integer(5), {}}},
       hex("a183030006a200010105")},
      {"a resource instance", Path(3, 0, 7, 1), {{Path(3, 0, 7, 1), integer(5000), {}}}, hex("a18403000701191388")},
      {"device object instance", Path(3, 0), deviceRecords(),
       hex("a1820300ad00744f70656e204d6f62696c6520416c6c69616e636501764c69676874776569676874204d324d20436c69656e7402693"
           "334"
           "353030303132330363312e3006a20001010507a200190ed80119138808a200187d011903840918640a0f0ba100000d1a5182428f0e"
           "662b30323a3030106155")},
      {"two objects",
       Path(),
       {{Path(3, 0, 0), Text("Open Mobile Alliance"), {}},
        {Path(3, 0, 9), integer(100), {}},
        {Path(1, 0, 1), integer(86400), {}}},
       hex("a2820300a200744f70656e204d6f62696c6520416c6c69616e6365091864830100011a00015180")},
      {"instances of one object",
       Path(2),
       {{Path(2, 0, 0), integer(1), {}}, {Path(2, 0, 2, 127), integer(7), {}}, {Path(2, 2, 3), integer(127), {}}},
       hex("a102a200a2000102a1187f0702a103187f")},
      {"serial number from a client, of indefinite length, with an array for a key",
       Path(3, 0, 0),
       {{Path(3, 0, 0), Text("anjay"), {}}},
       hex("bf8303000065616e6a6179ff"),
       Form::accepted},
      {"an instance from a client, of indefinite length, with an array for a key",
       Path(3, 0),
       {{Path(3, 0, 0), Text("anjay"), {}}, {Path(3, 0, 9), integer(5), {}}},
       hex("bf820300bf0065616e6a61790905ffff"),
       Form::accepted},
      {"every type",
       Path(3442, 0),
       {{Path(3442, 0, 110), Text("x"), {}},
        {Path(3442, 0, 120), integer(-1), {}},
        {Path(3442, 0, 125), std::numeric_limits<std::uint64_t>::max(), {}},
        {Path(3442, 0, 130), 21.5, {}},
        {Path(3442, 0, 140), true, {}},
        {Path(3442, 0, 150), Opaque{{1, 2}}, {}},
        {Path(3442, 0, 160), Time{5}, {}},
        {Path(3442, 0, 170), ObjectLink{66, 0}, {}},
        {Path(3442, 0, 180), CoreLink{"</3>"}, {}},
        {Path(3442, 0, 1110, 7), Text("y"), {}}},
       hex("a182190d7200aa186e6178187820187d1bffffffffffffffff1882fa41ac0000188cf5189642010218a005 18aa6436363a30"
           "18b4643c2f333e190456a1076179")},
      {"a decimal fraction", kInstance, leaf(4.5), hex("a18311181a01c48220182d"), Form::accepted},
      {"bytes in pieces", kInstance, leaf(Opaque{{1, 2, 3, 4, 5, 6, 7, 8, 9}}),
       hex("a18311181a015f48010203040506070841 09ff"), Form::accepted},
      {"a time with its tag", Path(3, 0, 13), {{Path(3, 0, 13), Time{5}, {}}}, hex("a18303000dc105"), Form::accepted},
      {"a resource without a value", kInstance, leaf({}), hex("a18311181a01f6")},
      {"a resource instance without a value", Path(3, 0, 7, 1), {{Path(3, 0, 7, 1), {}, {}}}, hex("a18403000701f6")},
      {"an object and an instance without anything", Path(3), {}, hex("a103a100f6"), Form::accepted},
      {"empty maps below what was asked for", Path(3), {}, hex("a103a100a0"), Form::accepted},
      {"an empty multiple resource", Path(3, 0, 6), {}, hex("a103a100a106a0"), Form::accepted},
      {"nothing in a map", Path(3), {}, hex("a0")},
      {"nothing at all", Path(3), {}, {}, Form::accepted},
      {"an alternate root, which has no place in ids",
       Path(3, 0, 9),
       {{Path(3, 0, 9), integer(1), {}}},
       hex("a18303000901"),
       Form::canonical,
       "/lwm2m"},
      {"an end device of a gateway", kInstance, leaf(integer(42)), hex("a184 6464657631 11181a01 182a"),
       Form::canonical, "", "dev1"},
      {"an end device of a gateway, two resources",
       kInstance,
       {{kLeaf, integer(42), {}}, {Path(17, 26, 2), integer(1), {}}},
       hex("a183 6464657631 11181a a201182a0201"),
       Form::canonical,
       "",
       "dev1"},
      {"an end device of a gateway, nested", kInstance, leaf(integer(42)), hex("a1 6464657631 a18311181a01182a"),
       Form::accepted, "", "dev1"},
      {"an end device of a gateway, an array of the prefix alone", kInstance, leaf(integer(42)),
       hex("bf 9f 6464657631 ff a111a1181aa101182a ff"), Form::accepted, "", "dev1"},
  };
}

std::vector<Broken> broken() {
  return {
      {"no map", kInstance, hex("01")},
      {"an array", kInstance, hex("80")},
      {"two maps", kInstance, hex("a0a0")},
      {"an id of 65535", kInstance, hex("a18311181a19ffff182a")},
      {"an id of 65536", kInstance, hex("a18311181a1a00010000182a")},
      {"a negative id", kInstance, hex("a18311181a20182a")},
      {"an id that is a float", kInstance, hex("a18311181af93c00182a")},
      {"an id that is text", kInstance, hex("a18311181a6131182a")},
      {"an id that is null", kInstance, hex("a1f601")},
      {"a path of five", Path(), hex("a18511181a010203182a")},
      {"a path of five in nested maps", Path(), hex("a18411181a0102a103182a")},
      {"a map below a resource instance", Path(), hex("a18411181a0102a0")},
      {"no ids in a path", kInstance, hex("a180182a")},
      {"no ids in a path of indefinite length", kInstance, hex("a19fff182a")},
      {"an array in a path", kInstance, hex("a18181 11182a")},
      {"another instance than asked for", kInstance, hex("a18311181b01182a")},
      {"another object than asked for, with nothing in it", kInstance, hex("a10ea0")},
      {"one resource more than asked for", kLeaf, hex("a18211181aa201182a0201")},
      {"a value of an instance", kInstance, hex("a18211181a182a")},
      {"an array for a value", kInstance, hex("a18311181a0181182a")},
      {"a break for a value", kInstance, hex("a18311181a01ff")},
      {"a break in a map of fixed size", kInstance, hex("a1ff")},
      {"a map that ends after a key", kInstance, hex("bf8311181a01ff")},
      {"the same resource twice", kInstance, hex("a28311181a01182a8311181a01182a")},
      {"the same resource twice in other shapes", kInstance, hex("a38311181a01182a 8311181a0202 11a1181aa101182a")},
      {"a map of more than can be there", kInstance, hex("bbffffffffffffffff")},
      {"a path of more than can be there", kInstance, hex("a19bffffffffffffffff11")},
      {"text for an integer", Path(3, 0, 9), hex("a1830300096131")},
      {"a prefix that nobody asked for", kInstance, hex("a1 84 6464657631 11181a01 182a")},
      {"the prefix of another device", kInstance, hex("a1 84 6464657632 11181a01 182a"), "dev1"},
      {"no prefix", kInstance, hex("a18311181a01182a"), "dev1"},
      {"a prefix at a deeper level", kInstance, hex("a1 84 11 6464657631 181a01 182a"), "dev1"},
      {"a prefix twice", kInstance, hex("a1 85 6464657631 6464657631 11181a01 182a"), "dev1"},
      {"a prefix twice in nested maps", kInstance, hex("a1 6464657631 a1 84 6464657631 11181a01 182a"), "dev1"},
      {"a value of a prefix", kInstance, hex("a1 6464657631 01"), "dev1"},
  };
}

}  // namespace

TEST_CASE("LwM2M CBOR of every shape means the same") {
  checkVectors(ContentFormat::lwm2mCbor, shapes(), Truncated::malformed);
}

TEST_CASE("LwM2M CBOR vectors decode, encode, and hold at every truncation") {
  checkVectors(ContentFormat::lwm2mCbor, vectors(), Truncated::malformed);
}

TEST_CASE("Malformed LwM2M CBOR is refused, with its place") { checkBroken(ContentFormat::lwm2mCbor, broken()); }

TEST_CASE("LwM2M CBOR gathers what belongs together, wherever it stands among the records") {
  const std::vector<Record> records{
      {Path(3, 0, 6, 0), integer(1), {}}, {Path(1, 0, 1), integer(2), {}}, {Path(3, 0, 6, 1), integer(5), {}}};
  CHECK(toHex(encodeAt(ContentFormat::lwm2mCbor, records, Path()).value()) ==
        "a2"
        "83030006a200010105"
        "8301000102");
}

TEST_CASE("What LwM2M CBOR cannot hold is not written") {
  const Record reading{Path(3, 0, 9), integer(100), {}};
  const Record instance{Path(3, 0, 9, 0), integer(1), {}};
  Record timed = reading;
  timed.time = kNow;
  for (const auto& records :
       std::vector<std::vector<Record>>{{timed}, {reading, reading}, {reading, instance}, {instance, reading}}) {
    CAPTURE(describe(records));
    const auto written = encodeAt(ContentFormat::lwm2mCbor, records, Path(3, 0));
    REQUIRE_FALSE(written);
    CHECK(written.error().code == Errc::unsupported);
    CHECK_FALSE(written.error().where.empty());
  }
}
