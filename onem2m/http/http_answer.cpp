#include "onem2m/http/http_answer.h"

#include <algorithm>
#include <charconv>

namespace isthmus::onem2m {
namespace {

constexpr std::size_t kKeptCapacity = 64 * 1024;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool sameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls `use` with each element of a list field (RFC 9110 5.6.1).
template <class Use>
void forEachElement(std::string_view list, Use use) {
  while (true) {
    const std::size_t comma = list.find(',');
    use(trimmed(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

// The number that the text starts with; -1 if it starts with none.
int leadingNumber(std::string_view text) {
  int number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void readConnection(std::string_view value, HttpAnswer& answer) {
  forEachElement(value, [&answer](std::string_view option) {
    if (sameName(option, "close")) answer.keepsConnection = false;
    if (sameName(option, "keep-alive")) answer.keepsConnection = true;
  });
}

// "timeout=5, max=100": never registered, sent by Node and Apache (RFC 2068 19.7.1.1).
void readKeepAlive(std::string_view value, HttpAnswer& answer) {
  static constexpr std::string_view kTimeout = "timeout=";
  forEachElement(value, [&answer](std::string_view parameter) {
    if (parameter.size() <= kTimeout.size() || !sameName(parameter.substr(0, kTimeout.size()), kTimeout)) return;
    answer.idleLimit = std::chrono::seconds(std::max(0, leadingNumber(parameter.substr(kTimeout.size()))));
  });
}

}  // namespace

void AnswerReader::reset() {
  state_ = State::statusLine;
  line_.clear();
  lineBytes_ = consumed_ = remaining_ = bodyBytes_ = 0;
  hasLength_ = chunked_ = surplus_ = false;
  std::string body = std::move(answer_.body);
  std::string requestId = std::move(answer_.requestId);
  if (body.capacity() > kKeptCapacity) body = {};
  body.clear();
  requestId.clear();
  answer_ = {};
  answer_.body = std::move(body);
  answer_.requestId = std::move(requestId);
}

tl::unexpected<Error> AnswerReader::broken(std::string message) const {
  return fail(Errc::malformed, "HTTP answer: " + message, "offset " + std::to_string(consumed_));
}

bool AnswerReader::inLine() const {
  return state_ != State::body && state_ != State::untilClose && state_ != State::chunk && state_ != State::done;
}

Result<bool> AnswerReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == State::done) {
      surplus_ = true;
      break;
    }
    const std::size_t before = bytes.size();
    if (inLine()) {
      if (auto taken = takeLine(bytes); !taken) return tl::unexpected(taken.error());
    } else {
      takeBody(bytes);
    }
    consumed_ += before - bytes.size();
  }
  return state_ == State::done;
}

Result<bool> AnswerReader::close() {
  if (state_ == State::untilClose) endOfBody();
  return state_ == State::done;
}

// RFC 9112 2.2: a lone LF ends a line as well.
Result<> AnswerReader::takeLine(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  const std::size_t length = end == std::string_view::npos ? bytes.size() : end + 1;
  lineBytes_ += length;
  if (lineBytes_ > kMaxHead + 8 * bodyBytes_) return broken("its lines are too long");
  std::string_view whole = bytes.substr(0, length);
  bytes.remove_prefix(length);
  if (end == std::string_view::npos || !line_.empty()) {
    line_.append(whole);
    if (end == std::string_view::npos) return {};
    whole = line_;
  }
  whole.remove_suffix(1);
  if (whole.ends_with('\r')) whole.remove_suffix(1);
  auto taken = line(whole);
  line_.clear();
  return taken;
}

void AnswerReader::takeBody(std::string_view& bytes) {
  const std::size_t length = state_ == State::untilClose ? bytes.size() : std::min(bytes.size(), remaining_);
  bodyBytes_ += length;
  if (bodyBytes_ > maxBody_) {
    answer_.bodyTooLarge = true;
    answer_.body.clear();
    state_ = State::done;  // the rest is not waited for: the connection goes
    answer_.keepsConnection = false;
    bytes = {};
    return;
  }
  answer_.body.append(bytes.substr(0, length));
  bytes.remove_prefix(length);
  if (state_ == State::untilClose) return;
  remaining_ -= length;
  if (remaining_ == 0 && state_ == State::chunk)
    state_ = State::chunkEnd;
  else if (remaining_ == 0)
    endOfBody();
}

void AnswerReader::endOfBody() {
  answer_.bodyIsWhole = true;
  state_ = State::done;
}

Result<> AnswerReader::line(std::string_view line) {
  switch (state_) {
    case State::statusLine: return line.empty() ? Result<>() : statusLine(line);
    case State::field: return line.empty() ? endOfHead() : field(line);
    case State::chunkSize: return chunkSize(line);
    case State::chunkEnd:
      if (!line.empty()) return broken("a chunk is longer than it says");
      state_ = State::chunkSize;
      return {};
    case State::trailer:
      if (line.empty()) endOfBody();
      return {};
    default: return {};
  }
}

// RFC 9112 4: "HTTP/1.1 201 Created"; the phrase may be missing.
Result<> AnswerReader::statusLine(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  const bool formed =
      line.size() >= 12 && line.starts_with(kVersion) && line[8] == ' ' && (line.size() == 12 || line[12] == ' ');
  const int status = formed ? leadingNumber(line.substr(9, 3)) : -1;
  if (status < 100) return broken("no status line");
  answer_.httpStatus = status;
  answer_.keepsConnection = line[7] != '0';
  state_ = State::field;
  return {};
}

Result<> AnswerReader::field(std::string_view line) {
  const std::size_t colon = line.find(':');
  // Obsolete folding (RFC 9112 5.2) and lines without a colon carry nothing that is needed here.
  if (colon == std::string_view::npos || line.front() == ' ' || line.front() == '\t') return {};
  const std::string_view name = trimmed(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (sameName(name, "x-m2m-rsc"))
    answer_.responseStatus = std::max(0, leadingNumber(value));
  else if (sameName(name, "x-m2m-ri"))
    answer_.requestId = value;
  else if (sameName(name, "content-type"))
    answer_.contentType = value;
  else if (sameName(name, "content-length"))
    return contentLength(value);
  else if (sameName(name, "connection"))
    readConnection(value, answer_);
  else if (sameName(name, "keep-alive"))
    readKeepAlive(value, answer_);
  else if (sameName(name, "transfer-encoding")) {
    if (!sameName(value, "chunked")) return broken("a transfer coding that was not asked for");
    chunked_ = true;
  }
  return {};
}

// RFC 9112 6.3: a list of equal lengths counts as one; different ones are an error.
Result<> AnswerReader::contentLength(std::string_view value) {
  bool valid = true;
  forEachElement(value, [this, &valid](std::string_view element) {
    std::size_t length = 0;
    const char* const last = element.data() + element.size();
    const auto [end, error] = std::from_chars(element.data(), last, length);
    valid = valid && error == std::errc() && end == last && (!hasLength_ || length == remaining_);
    remaining_ = length;
    hasLength_ = true;
  });
  if (!valid) return broken("Content-Length is not one number");
  return {};
}

Result<> AnswerReader::endOfHead() {
  const int status = answer_.httpStatus;
  if (status == 101) return broken("it changes the protocol");
  if (status < 200) {  // RFC 9110 15.2: an interim answer, of any number
    hasLength_ = chunked_ = false;
    remaining_ = 0;
    answer_.responseStatus = 0;
    answer_.requestId.clear();
    answer_.contentType.clear();
    state_ = State::statusLine;
    return {};
  }
  const bool bodiless = status == 204 || status == 304;
  if (bodiless || (!chunked_ && hasLength_ && remaining_ == 0)) {
    endOfBody();
  } else if (chunked_) {
    state_ = State::chunkSize;
  } else if (hasLength_) {
    state_ = State::body;
  } else {
    answer_.keepsConnection = false;
    state_ = State::untilClose;
  }
  return {};
}

// RFC 9112 7.1: hexadecimal, then perhaps extensions.
Result<> AnswerReader::chunkSize(std::string_view line) {
  line = trimmed(line.substr(0, line.find(';')));
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
  if (line.empty() || error != std::errc() || end != line.data() + line.size()) return broken("not a chunk size");
  remaining_ = size;
  state_ = size == 0 ? State::trailer : State::chunk;
  return {};
}

}  // namespace isthmus::onem2m
