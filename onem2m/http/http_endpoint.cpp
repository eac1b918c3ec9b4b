#include "onem2m/http/http_endpoint.h"

#include "ipe/base/bytes.h"
#include "onem2m/http/tls_stream.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>

namespace isthmus::onem2m {
namespace {

bool hasControl(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// "Authorization: ...", or nothing.
Result<std::string> authorization(const HttpCredential& credential) {
  const std::string pointer = "/onem2m/auth";
  if (hasControl(credential.token + credential.user + credential.password)) {
    return fail(Errc::configuration, "a control character in the credential", pointer);
  }
  if (!credential.token.empty() && !credential.user.empty()) {
    return fail(Errc::configuration, "either a token or a user, not both", pointer);
  }
  if (!credential.token.empty()) return "Authorization: Bearer " + credential.token + "\r\n";  // RFC 6750 2.1
  if (credential.user.empty() && !credential.password.empty()) {
    return fail(Errc::configuration, "a password without a user", pointer);
  }
  if (credential.user.empty()) return std::string();
  if (credential.user.find(':') != std::string::npos) {  // RFC 7617 2
    return fail(Errc::configuration, "a user name cannot contain a colon", pointer + "/user");
  }
  return "Authorization: Basic " + toBase64(view(credential.user + ":" + credential.password)) + "\r\n";
}

Result<Poco::URI> parseUrl(const std::string& url) {
  const auto refuse = [](std::string message) { return fail(Errc::configuration, std::move(message), "/onem2m/cse"); };
  try {
    Poco::URI uri(url);
    if (uri.getScheme() != "http" && uri.getScheme() != "https") return refuse("not an http or https URL");
    if (uri.getHost().empty()) return refuse("a URL without a host");
    if (!uri.getUserInfo().empty()) return refuse("user and password belong into onem2m.auth");
    if (!uri.getRawQuery().empty() || !uri.getFragment().empty()) return refuse("a URL with a query or a fragment");
    return uri;
  } catch (const Poco::Exception& e) {
    return refuse(e.displayText());
  }
}

std::string hostField(const Poco::URI& uri) {
  const bool isV6 = uri.getHost().find(':') != std::string::npos;
  std::string host = isV6 ? "[" + uri.getHost() + "]" : uri.getHost();
  const bool usual = uri.getPort() == (uri.getScheme() == "https" ? 443 : 80);
  if (!usual) host += ":" + std::to_string(uri.getPort());
  return "Host: " + host + "\r\n";
}

std::string_view connectionField(KeepAlive keepAlive) {
  switch (keepAlive) {
    case KeepAlive::on: return "Connection: keep-alive\r\n";
    case KeepAlive::off: return "Connection: close\r\n";
    case KeepAlive::automatic: break;  // HTTP/1.1 keeps connections unless told otherwise (RFC 9112 9.3)
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<HttpEndpoint>> HttpEndpoint::make(const HttpOptions& options) {
  const auto uri = parseUrl(options.url);
  if (!uri) return tl::unexpected(uri.error());
  const auto credential = authorization(options.credential);
  if (!credential) return tl::unexpected(credential.error());
  auto endpoint = std::make_shared<HttpEndpoint>(uri->getHost(), uri->getPort());
  if (uri->getScheme() == "https") {
    auto context = makeTlsContext(options.tls, endpoint->host);
    if (!context) return tl::unexpected(context.error());
    endpoint->tls = *context;
  }
  std::string prefix = uri->getPath();
  while (prefix.ends_with('/')) prefix.pop_back();
  endpoint->frame.prefix = std::move(prefix);
  endpoint->frame.commonFields.append(hostField(*uri))
      .append("Accept: ")
      .append(mediaType(options.serialisation))
      .append("\r\n")
      .append(connectionField(options.keepAlive))
      .append(*credential);
  endpoint->frame.mediaType = mediaType(options.serialisation);
  endpoint->serialisation = options.serialisation;
  endpoint->keepAlive = options.keepAlive;
  endpoint->maxBody = options.maxBody;
  return endpoint;
}

}  // namespace isthmus::onem2m
