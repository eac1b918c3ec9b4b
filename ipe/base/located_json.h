#pragma once

#include "ipe/base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// JSON as people write it into files: with // and /* */ comments and trailing commas, and with every value knowing
// where it stood, so that a fault can be named by file, line, column and JSON pointer.
namespace isthmus::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
std::string_view name(Kind kind);  // "an object"

class Node;

// One parsed text. Nodes borrow from it.
class Document {
 public:
  // Nesting deeper than 64, a NUL byte and invalid UTF-8 are faults; a byte order mark is skipped. `text` is not needed
  // afterwards.
  Document(std::string_view text, std::string_view fileName);

  // A break of the syntax ends the reading, so it comes last; each name that stands twice in one object is a fault of
  // its own.
  const std::vector<Error>& faults() const { return faults_; }
  // null if the text could not be read.
  Node root() const;

 private:
  friend class Node;
  struct Builder;
  struct Entry {
    Kind kind = Kind::null;
    bool isMember = false;
    std::uint32_t line = 1, column = 1;
    std::uint32_t parent = 0, position = 0;  // position: which child of its parent
    std::string key, text;
    std::vector<std::uint32_t> children;
  };

  std::string fileName_;
  std::vector<Entry> entries_;
  std::vector<Error> faults_;
};

// A value within a document, which must outlive it. Cheap to copy.
class Node {
 public:
  Node(const Document& document, std::uint32_t index) : document_(&document), index_(index) {}

  Kind kind() const { return entry().kind; }
  bool is(Kind wanted) const { return kind() == wanted; }
  // A string's characters; a number as it was written; "true", "false".
  std::string_view text() const { return entry().text; }
  std::string_view key() const { return entry().key; }  // of a member of an object
  std::uint32_t line() const { return entry().line; }
  std::vector<Node> children() const;  // items of an array, members of an object, in their order
  std::optional<Node> member(std::string_view key) const;

  std::string pointer() const;  // RFC 6901
  std::string where() const;    // "file:line:column /pointer"

 private:
  const Document::Entry& entry() const { return document_->entries_[index_]; }

  const Document* document_;
  std::uint32_t index_;
};

using Faults = std::vector<Error>;

void complain(Faults& faults, const Node& at, std::string message);

// Each gives a value only if the node is of that kind and within the range; otherwise it complains.
bool expect(const Node& node, Kind kind, Faults& faults);
std::optional<std::string> readString(const Node& node, Faults& faults);
std::optional<bool> readBoolean(const Node& node, Faults& faults);
std::optional<double> readNumber(const Node& node, Faults& faults);  // finite
std::optional<std::int64_t> readInteger(const Node& node, std::int64_t min, std::int64_t max, Faults& faults);

// Which of `words` the node says; complains with the list of them.
std::optional<std::size_t> readWord(const Node& node, std::span<const std::string_view> words, Faults& faults);

// Complains about each member of an object that is not among `known`.
void refuseUnknownKeys(const Node& object, std::span<const std::string_view> known, Faults& faults);

// The known word that `word` was probably meant to be, "" if none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);
// `did you mean "pmin"?`, or `use "a" or "b"` when nothing is near.
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

// `"a", "b" or "c"`
std::string alternatives(std::span<const std::string_view> words);

// The value as JSON, compact; numbers as they were written.
std::string toText(const Node& node);

// With quotation marks and escapes (RFC 8259 7).
void appendQuoted(std::string& out, std::string_view text);

}  // namespace isthmus::json
