#pragma once

#include "onem2m/client/tls_options.h"
#include "onem2m/codec/serialisation.h"

#include <cstddef>
#include <string>

namespace isthmus::onem2m {

// A token, or a user with a password, or nothing.
struct HttpCredential {
  std::string token;
  std::string user;
  std::string password;
};

enum class KeepAlive {
  automatic,  // kept where the CSE keeps them
  on,         // asked for in so many words ("Connection: keep-alive")
  off,        // a connection for each request
};

// Filled from onem2m.cse, onem2m.tls and onem2m.auth.
struct HttpOptions {
  std::string url;  // "http://127.0.0.1:8080", "https://cse.example:443/path"
  TlsOptions tls;
  HttpCredential credential;
  KeepAlive keepAlive = KeepAlive::automatic;
  Serialisation serialisation = Serialisation::json;  // of requests; answers are asked for in the same
  std::size_t maxBody = 1024 * 1024;                  // of an answer
};

}  // namespace isthmus::onem2m
