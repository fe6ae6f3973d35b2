#include "resolver/registry/error_body.hpp"

#include <algorithm>

#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"
#include "resolver/registry/headers.hpp"

namespace lock::registry {
namespace {

constexpr std::size_t most_errors = 8;

RegistryError read_error(const boost::json::object& object) {
  RegistryError error;
  error.code = base::harmless(base::find_string(object, "code").value_or(""), 60);
  for (char& c : error.code) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  error.message = base::harmless(base::find_string(object, "message").value_or(""), 300);
  return error;
}

// Tokens services answer OAuth errors (`{"error":"…","error_description":"…"}`) or `{"details":"…"}`,
// `{"message":"…"}`.
std::string read_other_message(const boost::json::object& object) {
  for (const std::string_view name : {"error_description", "message", "details", "detail", "error"}) {
    const auto text = base::find_string(object, name);
    if (text && !text->empty()) return base::harmless(*text, 300);
  }
  return {};
}

void read_json(std::string_view body, ErrorBody& result) {
  const auto value = base::parse_json(body, "the error answer", {.depth = 16, .bytes = most_error_body});
  if (!value || !value->is_object()) return;
  const boost::json::object& object = value->get_object();
  const boost::json::array* errors = base::find_array(object, "errors");
  if (errors == nullptr) {
    result.text = read_other_message(object);
    return;
  }
  for (const boost::json::value& error : *errors) {
    if (result.errors.size() == most_errors) break;
    if (error.is_object()) result.errors.push_back(read_error(error.get_object()));
  }
  for (const RegistryError& error : result.errors) {
    if (!result.text.empty()) result.text += "; ";
    result.text += error.code;
    if (!error.code.empty() && !error.message.empty()) result.text += ": ";
    result.text += error.message;
  }
}

// The title of a page says more than its markup: `<title>429 Too Many Requests</title>`.
std::string page_title(std::string_view body) {
  const std::string lower = base::to_lower(body);
  const std::size_t open = lower.find("<title>");
  const std::size_t close = open == std::string::npos ? open : lower.find("</title>", open);
  if (close == std::string::npos) return "an HTML page";
  return "an HTML page, \"" + base::harmless(base::trim(body.substr(open + 7, close - open - 7)), 120) + "\"";
}

}  // namespace

ErrorBody parse_error_body(std::string_view body, std::string_view content_type) {
  ErrorBody result;
  body = base::trim(body.substr(0, most_error_body));
  if (body.empty()) return result;
  const std::string type = media_type_of(content_type);
  if (body.starts_with('{')) read_json(body, result);
  if (!result.text.empty() || !result.errors.empty()) return result;
  if (type == "text/html" || base::to_lower(body.substr(0, 15)).starts_with("<!doctype") ||
      base::to_lower(body.substr(0, 6)).starts_with("<html")) {
    result.text = page_title(body);
  } else {
    result.text = base::harmless(body, 300);
  }
  return result;
}

}  // namespace lock::registry
