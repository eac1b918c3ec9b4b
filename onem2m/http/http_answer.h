#pragma once

#include "ipe/base/result.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace isthmus::onem2m {

// What an HTTP answer says that matters to oneM2M (TS-0009 6.2, 6.4).
struct HttpAnswer {
  int httpStatus = 0;
  int responseStatus = 0;     // X-M2M-RSC, 0 if there was none
  std::string requestId;      // X-M2M-RI
  std::string contentType;    // Content-Type
  std::string body;           // without transfer coding
  bool bodyIsWhole = false;   // all that was announced came
  bool bodyTooLarge = false;  // it was dropped
  bool keepsConnection = false;
  std::chrono::seconds idleLimit{0};  // Keep-Alive: timeout, 0 if not said
};

// Reads one HTTP/1.x answer from bytes as they come (RFC 9112), cut anywhere. No I/O; every length is bounded.
class AnswerReader {
 public:
  static constexpr std::size_t kMaxHead = 64 * 1024;

  explicit AnswerReader(std::size_t maxBody) : maxBody_(maxBody) {}

  // Makes it ready for the next answer.
  void reset();

  // True once the answer is complete. Errors are malformed and say the byte offset of the line.
  Result<bool> feed(std::string_view bytes);
  // The peer has closed: true if that completes the answer.
  Result<bool> close();

  bool begun() const { return consumed_ > 0; }  // at least one byte came
  bool headIsWhole() const { return state_ >= State::body; }
  bool hasSurplus() const { return surplus_; }  // bytes came that belong to no answer
  HttpAnswer& answer() { return answer_; }

 private:
  enum class State { statusLine, field, body, untilClose, chunkSize, chunk, chunkEnd, trailer, done };

  bool inLine() const;
  Result<> takeLine(std::string_view& bytes);
  void takeBody(std::string_view& bytes);
  Result<> line(std::string_view line);
  Result<> statusLine(std::string_view line);
  Result<> field(std::string_view line);
  Result<> contentLength(std::string_view value);
  Result<> endOfHead();
  Result<> chunkSize(std::string_view line);
  void endOfBody();
  tl::unexpected<Error> broken(std::string message) const;

  std::size_t maxBody_;
  State state_ = State::statusLine;
  std::string line_;           // a line of which only the beginning has come
  std::size_t lineBytes_ = 0;  // of all lines so far
  std::size_t consumed_ = 0;
  std::size_t remaining_ = 0;  // of the body or the chunk
  std::size_t bodyBytes_ = 0;  // also those that were dropped
  bool hasLength_ = false;
  bool chunked_ = false;
  bool surplus_ = false;
  HttpAnswer answer_;
};

}  // namespace isthmus::onem2m
