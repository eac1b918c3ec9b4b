#include "ipe/app/rest_client.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/StreamCopier.h>
#include <Poco/Timespan.h>
#include <Poco/URI.h>

namespace isthmus::app {
namespace {

using Poco::Net::HTTPClientSession;
using Poco::Net::HTTPRequest;

constexpr const char* kDefaultUrl = "http://127.0.0.1:8480";

// An instance that listens on every address is asked on this machine's own.
std::string reachable(const std::string& host) {
  Poco::Net::IPAddress address;
  if (!Poco::Net::IPAddress::tryParse(host, address) || !address.isWildcard()) return host;
  return address.family() == Poco::Net::IPAddress::IPv6 ? "::1" : "127.0.0.1";
}

Result<std::string> urlOf(const ConfigArguments& arguments) {
  const auto config = readConfig(arguments);
  if (!config) return fail(Errc::configuration, "the configuration has faults, see above");
  if (config->status.listen) return "http://" + config->status.listen->toString();
  if (arguments.file.empty()) return std::string(kDefaultUrl);
  return fail(Errc::configuration, "the configuration has no status.listen, so that an instance cannot be asked",
              arguments.file);
}

}  // namespace

Result<RestClient> RestClient::open(const std::string& given, const ConfigArguments& config) {
  const Result<std::string> url = given.empty() ? urlOf(config) : Result<std::string>(given);
  if (!url) return tl::unexpected(url.error());
  try {
    Poco::URI uri(*url);
    if (uri.getScheme() != "http" || uri.getHost().empty())
      return fail(Errc::configuration, "'" + *url + "' is not an address such as " + kDefaultUrl, "--url");
    uri.setHost(reachable(uri.getHost()));
    return RestClient("http://" + uri.getAuthority());
  } catch (const Poco::SyntaxException&) {
    return fail(Errc::configuration, "'" + *url + "' is not an address such as " + kDefaultUrl, "--url");
  }
}

Result<RestAnswer> RestClient::ask(const std::string& method, const std::string& target, std::string_view body,
                                   const std::string& type, seconds patience) const {
  const Poco::URI uri(url_);
  HTTPClientSession session(uri.getHost(), uri.getPort());
  session.setTimeout(Poco::Timespan(patience.count(), 0));
  try {
    HTTPRequest request(method, target, HTTPRequest::HTTP_1_1);
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    if (!body.empty()) request.setContentType(type);
    session.sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    RestAnswer answer;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), answer.body);
    answer.status = response.getStatus();
    return answer;
  } catch (const Poco::TimeoutException&) {
    return fail(Errc::timeout, "no answer within " + std::to_string(patience.count()) + " s", url_);
  } catch (const Poco::Exception& fault) {
    return fail(Errc::unavailable,
                "no instance answers (" + fault.displayText() +
                    "); start it with 'isthmus run', or say where it is with -c FILE or --url",
                url_);
  }
}

}  // namespace isthmus::app
