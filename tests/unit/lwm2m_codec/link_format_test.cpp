#include "lwm2m/codec/link_format.h"

#include "ipe/base/bytes.h"
#include "tests/support/vectors.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

struct Row {
  std::string text;
  std::vector<Link> links;
  bool canonical = true;  // what serializeLinks() writes
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"", {}},
      {"</>", {{"/", {}}}},
      {"</uri/>", {{"/uri/", {}}}},
      {"</uri//>", {{"/uri//", {}}}},
      {"</%20>", {{"/%20", {}}}},
      {"</-._~a-zA-Z0-9:@!$&'()*+,;=>", {{"/-._~a-zA-Z0-9:@!$&'()*+,;=", {}}}},
      {"</hosts/foo>;obs;ct=60", {{"/hosts/foo", {{"obs", {}}, {"ct", "60"}}}}},
      {"</>;rt=\"oma.lwm2m\";ct=110,</1/0>,</3/0>",
       {{"/", {{"rt", "oma.lwm2m"}, {"ct", "110"}}}, {"/1/0", {}}, {"/3/0", {}}}},
      {"</>;rt=oma.lwm2m", {{"/", {{"rt", "oma.lwm2m"}}}}, false},
      {"</3>;ver=1.1,</3/0>", {{"/3", {{"ver", "1.1"}}}, {"/3/0", {}}}},
      {"</3>;ver=\"1.1\"", {{"/3", {{"ver", "1.1"}}}}, false},
      {"</>;ct=\"110 112 60\"", {{"/", {{"ct", "110 112 60"}}}}},
      {"</>;p=!#$%&'()*+-./:<=>?@[]^_`{|}~aZ9", {{"/", {{"p", "!#$%&'()*+-./:<=>?@[]^_`{|}~aZ9"}}}}},
      {"</>;p=\"a \\\"quote\\\" and \\\\\"", {{"/", {{"p", "a \"quote\" and \\"}}}}},
      {"</>;p=\"\\a;,<>\"", {{"/", {{"p", "a;,<>"}}}}, false},
      {"</>;p=\"\"", {{"/", {{"p", ""}}}}},
      {"</>;title=\"\xC4\x85\"", {{"/", {{"title", "\xC4\x85"}}}}},
      {"</sensors/temp>;if=\"sensor\",</sensors/light>;if=\"sensor\"",
       {{"/sensors/temp", {{"if", "sensor"}}}, {"/sensors/light", {{"if", "sensor"}}}}},
      {"</1/0>;pmin=5;gt=-30.5", {{"/1/0", {{"pmin", "5"}, {"gt", "-30.5"}}}}},
  };
  return table;
}

const std::vector<std::string> kInvalid{"<file:///etc/hosts>",
                                        "</hosts?query>",
                                        "</hosts#hash>",
                                        "</%>",
                                        "</%a>",
                                        "</%1g>",
                                        "</f\xC3\xB3\xC3\xB3>",
                                        "</foo>;p\xC4\x85r\xC4\x85m",
                                        "</foo>;param=\xC4\x85",
                                        "</foo>;param=\"bar",
                                        "</foo>;param=\"bar\\\"",
                                        "</>;=",
                                        "</>;param=",
                                        "</>; param=123",
                                        "</> ;param=123",
                                        "</>;param =123",
                                        "</>;param= 123",
                                        "</>;param=123 ",
                                        "<>",
                                        "</",
                                        "<//>",
                                        "//>",
                                        "</>,",
                                        "</>;",
                                        "</>, </>",
                                        "</> ,</>",
                                        " </>,</>",
                                        "</>,</> ",
                                        "</>;;a",
                                        "</>;p=\"\x01\"",
                                        "</>;p=\"\xFF\"",
                                        "</>x",
                                        "</>;p=a\"b\"",
                                        "</>,,</>"};

// Accepted from devices, refused in strict mode.
const std::vector<std::string> kTolerated{"</>, </>",       "</> ,</>",       " </>,</>",       "</>,</> ",
                                          "</>; param=123", "</> ;param=123", "</>;param=123 ", "</1/0>,\r\n</3/0>"};

std::string_view asText(ByteView bytes) { return text(bytes); }

}  // namespace

TEST_CASE("Links of RFC 6690 are parsed and written",
          "[parse_example_uri_references][allow_less_and_greater_sign_as_attributes][allow_slash_as_attributes]"
          "[allow_escaped_characters][allow_escaped_characters5][allow_ptoken][allow_mixed_attributes]"
          "[parse_with_some_attributes][parse_quoted_ver_attributes][parse_unquoted_ver_attributes]"
          "[serialise_without_attribute][serialise_with_attributes][serialise_with_root_url]"
          "[serialise_then_parse_with_severals_attributes][parse_then_serialise_with_rt_attribute]"
          "[serialise_ver_attributes_without_quote]") {
  for (const Row& row : rows()) {
    CAPTURE(row.text);
    const auto links = parseLinks(row.text);
    REQUIRE(links);
    CHECK(*links == row.links);
    CHECK(parseLinks(row.text, LinkSyntax::tolerant).value() == row.links);
    if (row.canonical) CHECK(serializeLinks(row.links) == row.text);
    CHECK(parseLinks(serializeLinks(row.links)).value() == row.links);
  }
}

TEST_CASE("Truncated links are refused or give the first of them") {
  for (const Row& row : rows()) {
    testing::everyTruncation(view(row.text), [&](ByteView part) {
      const auto links = parseLinks(asText(part));
      if (!links) return;
      CAPTURE(asText(part));
      CHECK(links->size() <= row.links.size());
    });
  }
}

TEST_CASE("Links that RFC 6690 does not allow are refused, with the byte", "[parse_invalid_formats]") {
  for (const std::string& text : kInvalid) {
    CAPTURE(text);
    const testing::ExactBuffer exact(view(text));
    const auto links = parseLinks(asText(exact.view()));
    REQUIRE_FALSE(links);
    CHECK(links.error().code == Errc::malformed);
    CHECK(links.error().where.starts_with("byte "));
  }
  CHECK(parseLinks("</1>,<2>").error().where == "byte 6");
}

TEST_CASE("White space between links is taken from devices only") {
  for (const std::string& text : kTolerated) {
    CAPTURE(text);
    CHECK_FALSE(parseLinks(text, LinkSyntax::strict));
    CHECK(parseLinks(text, LinkSyntax::tolerant));
  }
  CHECK_FALSE(parseLinks("</>;param= 123", LinkSyntax::tolerant));
  CHECK_FALSE(parseLinks("</>,", LinkSyntax::tolerant));
  CHECK(parseLinks(" \r\n", LinkSyntax::tolerant).value().empty());
}

namespace {

using Instances = std::vector<DeclaredInstance>;

struct ListRow {
  std::string title;
  std::string payload;
  ObjectList list;
};

const std::vector<ListRow>& lists() {
  static const std::vector<ListRow> table{
      {"instances only", "</1/0>,</3/0>,</5>", {"", {}, {{1, 0}, {3, 0}, {5, {}}}, {}}},
      {"nothing", "", {}},
      {"a version on the object", "</1>;ver=1.1,</1/0>", {"", {}, {{1, 0}}, {{1, {1, 1}}}}},
      {"a quoted version", "</10>;ver=\"1.1\",</10/0>", {"", {}, {{10, 0}}, {{10, {1, 1}}}}},
      {"a version on the instance", "</44/0>;ver=2.2", {"", {}, {{44, 0}}, {{44, {2, 2}}}}},
      {"the object's version before the instance's",
       "</44/0>;ver=2.2,</44>;ver=2.3",
       {"", {}, {{44, 0}}, {{44, {2, 3}}}}},
      {"a version that is none", "</44/0>;ver=1", {"", {}, {{44, 0}}, {}}},
      {"a root link with formats",
       "</>;rt=\"oma.lwm2m\";ct=110,</1/0>",
       {"", {ContentFormat::senmlJson}, {{1, 0}}, {}}},
      {"several formats",
       "</>;ct=\"110 112 60\",</1/0>",
       {"", {ContentFormat::senmlJson, ContentFormat::senmlCbor, ContentFormat::cbor}, {{1, 0}}, {}}},
      {"formats that are none", "</>;ct=\"x 99999  112\",</1/0>", {"", {ContentFormat::senmlCbor}, {{1, 0}}, {}}},
      {"an alternate path", "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/1/0>", {"/lwm2m", {}, {{1, 0}}, {}}},
      {"an alternate path with a slash at its end",
       "</lwm2m/>;rt=\"oma.lwm2m\",</lwm2m/1/0>",
       {"/lwm2m", {}, {{1, 0}}, {}}},
      {"an alternate path of two segments, with other links",
       "</a/b>;rt=\"x oma.lwm2m\",</1/0>,</a/b/3/0>,</a/b2/4/0>",
       {"/a/b", {}, {{3, 0}}, {}}},
      {"the first of two typed roots",
       "</x>;rt=\"oma.lwm2m\",</y>;rt=\"oma.lwm2m\",</x/3/0>,</y/1/0>",
       {"/x", {}, {{3, 0}}, {}}},
      {"hidden objects", "</0/0>,</0/1>,</1/0>,</21>,</23/0>", {"", {}, {{1, 0}}, {}}},
      {"order and repetition",
       "</3303/1>,</3/0>,</3303/0>,</3/0>,</3303>",
       {"", {}, {{3, 0}, {3303, 0}, {3303, 1}}, {}}},
      {"links that are no objects",
       "</3/0>,</sensors/temp>,</3/0/9>,</65535>,</03/0>,</3303/>",
       {"", {}, {{3, 0}, {3303, {}}}, {}}},
      {"spaces after commas", "</>;rt=\"oma.lwm2m\", </1/0>, </3/0>", {"", {}, {{1, 0}, {3, 0}}, {}}},
      {"a list of the Leshan client",
       "</>;rt=\"oma.lwm2m\";ct=\"60 110 112 11542 "
       "11543\",</1>;ver=1.1,</1/0>,</3>;ver=1.1,</3/0>,</6/0>,</3303>;ver=1.1,"
       "</3303/0>,</3442/0>",
       {"",
        {ContentFormat::cbor, ContentFormat::senmlJson, ContentFormat::senmlCbor, ContentFormat::tlv,
         ContentFormat::json},
        {{1, 0}, {3, 0}, {6, 0}, {3303, 0}, {3442, 0}},
        {{1, {1, 1}}, {3, {1, 1}}, {3303, {1, 1}}}}},
  };
  return table;
}

}  // namespace

TEST_CASE("Object lists say root, formats, instances and versions", "[check_uri_reference]") {
  for (const ListRow& row : lists()) {
    DYNAMIC_SECTION(row.title) {
      const auto list = parseObjectList(row.payload);
      REQUIRE(list);
      CHECK(list->rootPath == row.list.rootPath);
      CHECK(list->formats == row.list.formats);
      CHECK(list->instances == row.list.instances);
      CHECK(list->versions == row.list.versions);
      testing::everyTruncation(view(row.payload), [](ByteView part) { (void)parseObjectList(asText(part)); });
    }
  }
}

TEST_CASE("An object list is refused if it is no list of links, or its root looks like an object") {
  CHECK(parseObjectList("</1/0>;").error().code == Errc::malformed);
  CHECK(parseObjectList("1/0").error().code == Errc::malformed);
  CHECK(parseObjectList("</a/12>;rt=\"oma.lwm2m\"").error().where == "/a/12");
}
