#include "lwm2m/coap/message.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <set>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace isthmus::lwm2m::coap {
namespace {

using OptionRow = std::pair<std::uint16_t, std::string>;

// A message and its bytes: read, written, and cut off at every length.
struct Vector {
  std::string name;
  std::string hex;
  Type type;
  Code code;
  std::uint16_t messageId;
  std::string token;  // hex
  std::vector<OptionRow> options;
  std::string payload;
};

const std::vector<Vector> kVectors = {
    {"RFC 7252 A: GET /temperature",
     "40 01 7d34 bb 74656d7065726174757265",
     Type::confirmable,
     code::kGet,
     0x7D34,
     "",
     {{11, "temperature"}},
     ""},
    {"RFC 7252 A: 2.05 with a payload",
     "60 45 7d34 ff 32322e332043",
     Type::acknowledgement,
     code::kContent,
     0x7D34,
     "",
     {},
     "22.3 C"},
    {"RFC 7252 A: with a token",
     "41 01 7d35 20 bb 74656d7065726174757265",
     Type::confirmable,
     code::kGet,
     0x7D35,
     "20",
     {{11, "temperature"}},
     ""},
    {"ping", "40 00 0001", Type::confirmable, code::kEmpty, 1, "", {}, ""},
    {"empty acknowledgement", "60 00 ffff", Type::acknowledgement, code::kEmpty, 0xFFFF, "", {}, ""},
    {"reset", "70 00 1234", Type::reset, code::kEmpty, 0x1234, "", {}, ""},
    {"notification in TLV",
     "58 45 0102 0011223344556677 61 05 62 2d16 ff c8001401",
     Type::nonConfirmable,
     code::kContent,
     0x0102,
     "0011223344556677",
     {{6, "\x05"}, {12, "\x2D\x16"}},
     std::string("\xC8\x00\x14\x01", 4)},
    {"Register",
     "42 02 00ff abcd b2 7264 11 28 38 6c743d3836343030 05 65703d6e31 ff 3c2f312f303e",
     Type::confirmable,
     code::kPost,
     0xFF,
     "abcd",
     {{11, "rd"}, {12, "\x28"}, {15, "lt=86400"}, {15, "ep=n1"}},
     "</1/0>"},
    {"empty option values", "40 01 0000 60 b0", Type::confirmable, code::kGet, 0, "", {{6, ""}, {17, ""}}, ""},
    {"an option number of two bytes",
     "40 01 0000 e1 0017 07",
     Type::confirmable,
     code::kGet,
     0,
     "",
     {{292, "\x07"}},
     ""},
    {"the largest option number", "40 01 0000 e0 fef2", Type::confirmable, code::kGet, 0, "", {{65535, ""}}, ""},
    {"a value of 13 bytes",
     "40 01 0000 bd 00 30313233343536373839616263",
     Type::confirmable,
     code::kGet,
     0,
     "",
     {{11, "0123456789abc"}},
     ""},
};

Bytes bytesOf(const Vector& row) { return fromHex(row.hex).value(); }

// The lengths at which a datagram that is cut off is a whole message too: where an option ends, and inside the payload.
std::set<std::size_t> wholeLengths(const Bytes& bytes) {
  const MessageView message = MessageView::parse(bytes).value();
  std::set<std::size_t> lengths;
  if (message.code != code::kEmpty) lengths.insert(4 + message.token.bytes().size());
  for (const OptionView& option : message.options())
    lengths.insert(static_cast<std::size_t>(option.value.data() + option.value.size() - bytes.data()));
  for (std::size_t kept = 1; kept < message.payload.size(); ++kept)
    lengths.insert(bytes.size() - message.payload.size() + kept);
  return lengths;
}

// The bytes at the very end of a page, with nothing readable behind them.
class GuardedBytes {
 public:
  explicit GuardedBytes(ByteView bytes)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
        size_(bytes.size()),
        area_(static_cast<std::uint8_t*>(
            mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    mprotect(area_ + page_, page_, PROT_NONE);
    if (!bytes.empty()) std::memcpy(area_ + page_ - size_, bytes.data(), size_);
  }
  ~GuardedBytes() { munmap(area_, 2 * page_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  ByteView view() const { return {area_ + page_ - size_, size_}; }

 private:
  std::size_t page_, size_;
  std::uint8_t* area_;
};

std::vector<OptionRow> optionsOf(const MessageView& message) {
  std::vector<OptionRow> rows;
  for (const OptionView& option : message.options()) rows.emplace_back(option.number, std::string(option.asText()));
  return rows;
}

}  // namespace

TEST_CASE("Messages are read (RFC 7252 3)") {
  for (const Vector& row : kVectors) {
    INFO(row.name);
    const Bytes bytes = bytesOf(row);
    const auto message = MessageView::parse(bytes);
    REQUIRE(message);
    CHECK(message->type == row.type);
    CHECK(message->code == row.code);
    CHECK(message->messageId == row.messageId);
    CHECK(toHex(message->token.bytes()) == row.token);
    CHECK(optionsOf(*message) == row.options);
    CHECK(text(message->payload) == row.payload);
  }
}

TEST_CASE("Messages are written to the same bytes, whatever the order in which options are added") {
  for (const Vector& row : kVectors) {
    INFO(row.name);
    OptionList options;
    for (const OptionRow& option : row.options)
      if (option.first > option::kUriPath) options.add(option.first, option.second);
    for (const OptionRow& option : row.options)
      if (option.first <= option::kUriPath) options.add(option.first, option.second);
    Bytes out = {0x99};  // is appended to
    serialize(row.type, row.code, row.messageId, Token(fromHex(row.token).value()), options, view(row.payload), out);
    CHECK(toHex(ByteView(out).subspan(1)) == toHex(bytesOf(row)));
  }
}

TEST_CASE("A message cut off anywhere is malformed, or whole where an option ends, and nothing behind it is read") {
  for (const Vector& row : kVectors) {
    const Bytes bytes = bytesOf(row);
    const std::set<std::size_t> whole = wholeLengths(bytes);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      INFO(row.name << " cut to " << length);
      const GuardedBytes cut(ByteView(bytes).first(length));
      const auto message = MessageView::parse(cut.view());
      CHECK(message.has_value() == (whole.count(length) == 1));
      if (!message) CHECK(message.error().code == Errc::malformed);
    }
  }
}

TEST_CASE("What breaks the format is malformed and says at which byte") {
  struct Row {
    const char* name;
    const char* hex;
    const char* where;
  };
  for (const Row& row : {
           Row{"nothing", "", "byte 0"},
           Row{"version 0", "00 01 0000", "byte 0"},
           Row{"version 2", "80 01 0000", "byte 0"},
           Row{"version 3", "c0 01 0000", "byte 0"},
           Row{"token length 9", "49 01 0000 000000000000000000", "byte 0"},
           Row{"token length 15", "4f 01 0000 000000000000000000000000000000", "byte 0"},
           Row{"token cut off", "44 01 0000 000000", "byte 4"},
           Row{"empty message with a token", "41 00 0000 00", "byte 4"},
           Row{"empty message with bytes behind", "60 00 0000 ff", "byte 4"},
           Row{"empty message that claims a token", "41 00 0000", "byte 4"},
           Row{"marker without a payload", "40 01 0000 b1 61 ff", "byte 6"},
           Row{"option delta 15", "40 01 0000 f1 00", "byte 4"},
           Row{"option length 15", "40 01 0000 bf 00", "byte 4"},
           Row{"extended delta cut off", "40 01 0000 d0", "byte 4"},
           Row{"long delta cut off", "40 01 0000 e0 00", "byte 4"},
           Row{"extended length cut off", "40 01 0000 bd", "byte 4"},
           Row{"long length cut off", "40 01 0000 be 00", "byte 4"},
           Row{"delta and length extended, cut off", "40 01 0000 dd 00", "byte 4"},
           Row{"value cut off", "40 01 0000 b2 61", "byte 4"},
           Row{"second option cut off", "40 01 0000 b1 61 02", "byte 6"},
           Row{"delta wraps round", "40 01 0000 e0 fef3", "byte 4"},
           Row{"largest delta", "40 01 0000 e0 ffff", "byte 4"},
           Row{"numbers add up above 65535", "40 01 0000 e0 fef2 10", "byte 7"},
       }) {
    INFO(row.name);
    const GuardedBytes bytes(fromHex(row.hex).value());
    const auto message = MessageView::parse(bytes.view());
    REQUIRE_FALSE(message);
    CHECK(message.error().code == Errc::malformed);
    CHECK(message.error().where == row.where);
  }
}

TEST_CASE("Forty options are taken, one more is not") {
  Bytes bytes = fromHex("40 01 0000").value();
  bytes.insert(bytes.end(), MessageView::kMaxOptions, 0x00);  // number 0, no value
  CHECK(MessageView::parse(bytes)->options().size() == MessageView::kMaxOptions);
  bytes.push_back(0x00);
  CHECK(MessageView::parse(bytes).error().where == "byte 44");
}

TEST_CASE("A header that can be answered is recognised even if the rest is malformed") {
  const auto header = peekHeader(fromHex("4f 01 1234 00").value());
  REQUIRE(header);
  CHECK(header->type == Type::confirmable);
  CHECK(header->code == code::kGet);
  CHECK(header->messageId == 0x1234);
  CHECK_FALSE(peekHeader(fromHex("40 01 12").value()));
  CHECK_FALSE(peekHeader(fromHex("80 01 1234").value()));
}

TEST_CASE("Option values are read as text and as integers of at most four bytes") {
  const auto bytes = fromHex("40 01 0000 60 54 01020304 25 0102030405 00").value();
  const auto message = MessageView::parse(bytes);
  REQUIRE(message);
  CHECK(message->uintOption(6) == 0U);
  CHECK(message->uintOption(11) == 0x01020304U);
  CHECK_FALSE(message->uintOption(13));
  CHECK_FALSE(message->uintOption(12));
  CHECK(message->find(13)->value.size() == 5);
  CHECK(message->find(12) == nullptr);
  CHECK(message->find(60) == nullptr);
  CHECK(message->textOptions(13).size() == 2);
}

TEST_CASE("Integers are written in their shortest form (RFC 7252 3.2)") {
  struct Row {
    std::uint32_t value;
    const char* hex;
  };
  for (const Row& row : {Row{0, ""}, Row{1, "01"}, Row{255, "ff"}, Row{256, "0100"}, Row{65535, "ffff"},
                         Row{65536, "010000"}, Row{0xFFFFFFFF, "ffffffff"}}) {
    OptionList options;
    options.addUint(option::kObserve, row.value);
    REQUIRE(options.entries().size() == 1);
    CHECK(toHex(options.entries()[0].value) == row.hex);
    CHECK(OptionView{option::kObserve, options.entries()[0].value}.asUint() == row.value);
  }
}

TEST_CASE("A path becomes one option a segment, and never an empty one") {
  for (const std::string_view path : {"/3303/0/5700", "3303/0/5700", "//3303//0/5700/"}) {
    OptionList options;
    options.addPath(option::kUriPath, path);
    REQUIRE(options.entries().size() == 3);
    CHECK(text(options.entries()[0].value) == "3303");
    CHECK(text(options.entries()[1].value) == "0");
    CHECK(text(options.entries()[2].value) == "5700");
  }
  OptionList none;
  CHECK(none.addPath(option::kUriPath, "/").entries().empty());
}

TEST_CASE("Removing an option removes all of that number") {
  OptionList options;
  options.addPath(option::kUriPath, "/a/b").addUint(option::kObserve, 0).remove(option::kUriPath);
  REQUIRE(options.entries().size() == 1);
  CHECK(options.entries()[0].number == option::kObserve);
}

TEST_CASE("Long option values and large numbers are written so that they are read again") {
  for (const std::size_t length : {0U, 12U, 13U, 268U, 269U, 1034U})
    for (const std::uint16_t number : std::initializer_list<std::uint16_t>{1, 12, 13, 268, 269, 292, 2049, 65535}) {
      INFO("option " << number << " of " << length << " bytes");
      OptionList options;
      options.add(number, Bytes(length, 0x61));
      Bytes out;
      serialize(Type::confirmable, code::kGet, 1, {}, options, {}, out);
      const auto message = MessageView::parse(out);
      REQUIRE(message);
      REQUIRE(message->find(number) != nullptr);
      CHECK(message->find(number)->value.size() == length);
    }
}

TEST_CASE("Tokens compare by content and length, and eight bytes of them as an integer") {
  CHECK(Token::fromUint(0x0102030405060708).asUint() == 0x0102030405060708U);
  CHECK(toHex(Token::fromUint(0x0102030405060708).bytes()) == "0102030405060708");
  CHECK_FALSE(Token(Bytes{1, 2, 3}).asUint());
  CHECK(Token(Bytes{0}) == Token(Bytes{0}));
  CHECK_FALSE(Token(Bytes{0}) == Token(Bytes{0, 0}));
  CHECK_FALSE(Token() == Token(Bytes{0}));
}

TEST_CASE("Codes are written as class and detail") {
  CHECK(code::kNotFound.toString() == "4.04");
  CHECK(code::kContinue.toString() == "2.31");
  CHECK(Code(0, 1).isRequest());
  CHECK_FALSE(code::kEmpty.isRequest());
  for (const unsigned reserved : {1U, 6U, 7U}) CHECK_FALSE(Code(reserved, 0).isResponse());
  for (const unsigned cls : {2U, 3U, 4U, 5U}) CHECK(Code(cls, 0).isResponse());
}

}  // namespace isthmus::lwm2m::coap
