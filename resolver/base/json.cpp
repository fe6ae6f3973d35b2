#include "resolver/base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <set>

#include "resolver/base/text.hpp"

namespace lock::base {
namespace {

namespace json = boost::json;

// Builds the value and refuses what Boost.JSON lets pass. `problem` is set before a callback returns false.
struct StrictHandler {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  json::value_stack stack;
  std::string text;                          // the string or key whose parts are coming in
  std::string number;                        // the same of a number
  std::vector<std::set<std::string>> names;  // per open object, folded to lower case unless any_case
  bool any_case = false;
  std::string problem;

  bool refuse(std::string what) {
    problem = std::move(what);
    return false;
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t count, json::error_code&) {
    stack.push_array(count);
    return true;
  }
  bool on_object_begin(json::error_code&) {
    names.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t count, json::error_code&) {
    stack.push_object(count);
    names.pop_back();
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
    text.append(part.data(), part.size());
    if (text.find('\0') != std::string::npos) {
      ec = json::make_error_code(json::error::syntax);
      return refuse("a name holds NUL");
    }
    if (!names.back().insert(any_case ? text : to_lower(text)).second) {
      ec = json::make_error_code(json::error::syntax);
      return refuse("the name \"" + harmless(text, 80) + "\" stands twice in one object");
    }
    stack.push_key(text);
    text.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    text.append(part.data(), part.size());
    stack.push_string(text);
    text.clear();
    return true;
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    number.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
    number.clear();
    stack.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) {
    number.clear();
    stack.push_uint64(value);
    return true;
  }
  // Also called for integers that fit neither 64-bit type: those have no fraction and no exponent.
  bool on_double(double value, json::string_view part, json::error_code& ec) {
    number.append(part.data(), part.size());
    const bool integer = number.find_first_of(".eE") == std::string::npos;
    number.clear();
    if (!std::isfinite(value)) {
      ec = json::make_error_code(json::error::syntax);
      return refuse("a number is out of range");
    }
    if (integer) {
      ec = json::make_error_code(json::error::syntax);
      return refuse("an integer does not fit in 64 bits");
    }
    stack.push_double(value);
    return true;
  }
  bool on_bool(bool value, json::error_code&) {
    stack.push_bool(value);
    return true;
  }
  bool on_null(json::error_code&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

std::string wording(const json::error_code& ec) {
  if (ec == json::error::too_deep) return "nested too deeply";
  if (ec == json::error::incomplete) return "ends too early";
  if (ec == json::error::extra_data) return "has data after its end";
  return ec.message();
}

}  // namespace

Result<json::value> parse_json(std::string_view text, std::string_view name, const JsonLimits& limits) {
  const auto refuse = [&](std::size_t offset, const std::string& what) {
    const LineIndex index(text);
    return fail_at(ErrorKind::malformed, index.place(std::string(name), {offset, offset + 1}),
                   "is not valid JSON: " + what);
  };
  if (text.size() > limits.bytes) {
    return fail(ErrorKind::limit, std::string(name) + " has " + std::to_string(text.size()) + " bytes, more than the " +
                                      std::to_string(limits.bytes) + " that are read");
  }
  if (text.starts_with("\xEF\xBB\xBF")) return refuse(0, "starts with a byte order mark");
  if (const auto bad = find_invalid_utf8(text)) return refuse(*bad, "is not UTF-8");
  json::parse_options options;
  options.max_depth = limits.depth;
  json::basic_parser<StrictHandler> parser(options);
  parser.handler().stack.reset();
  parser.handler().any_case = limits.any_case;
  json::error_code ec;
  std::size_t read = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && read < text.size()) {
    read += text.substr(read).find_first_not_of(" \t\r\n") == std::string_view::npos ? text.size() - read : 0;
    if (read < text.size()) ec = json::make_error_code(json::error::extra_data);
  }
  if (ec) return refuse(read, parser.handler().problem.empty() ? wording(ec) : parser.handler().problem);
  return parser.handler().stack.release();
}

std::optional<std::string_view> find_folded_twice(const json::object& object) {
  std::set<std::string> seen;
  for (const auto& member : object) {
    const std::string_view name(member.key().data(), member.key().size());
    if (!seen.insert(to_lower(name)).second) return name;
  }
  return std::nullopt;
}

const json::value* find(const json::object& object, std::string_view name) { return object.if_contains(name); }

std::optional<std::string_view> find_string(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const json::string& text = value->get_string();
  return std::string_view(text.data(), text.size());
}

const json::object* find_object(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* find_array(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

std::optional<std::uint64_t> find_unsigned(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_uint64()) return value->get_uint64();
  if (value->is_int64() && value->get_int64() >= 0) return static_cast<std::uint64_t>(value->get_int64());
  return std::nullopt;
}

}  // namespace lock::base
