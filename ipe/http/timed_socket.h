#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Timespan.h>

namespace isthmus {

struct RequestTimes {
  Poco::Timespan pause;  // the longest between two pieces of a request
  Poco::Timespan whole;  // the longest from a request's first byte to its last
};

// A listening socket whose connections give a request so much time and no more: a client that drips bytes would hold a
// thread of the server otherwise. The time starts with the first read after an answer; reading on after its end throws
// Poco::TimeoutException.
class TimedServerSocket : public Poco::Net::ServerSocket {
 public:
  explicit TimedServerSocket(const RequestTimes& times);
};

}  // namespace isthmus
