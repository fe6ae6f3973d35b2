#include "resolver/trust/sigstore/message.hpp"

#include <algorithm>
#include <limits>

#include "resolver/base/encoding.hpp"
#include "resolver/base/json.hpp"
#include "resolver/base/text.hpp"

namespace lock::trust::sigstore {
namespace {

const boost::json::object kNoObject;

std::optional<std::int64_t> parse_int64(std::string_view text) {
  const bool negative = text.starts_with('-');
  const auto magnitude = base::parse_decimal(negative ? text.substr(1) : text);
  if (!magnitude || *magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  const auto value = static_cast<std::int64_t>(*magnitude);
  return negative ? -value : value;
}

}  // namespace

void Problem::set(std::string path, std::string_view what, ErrorKind kind) {
  if (error_) return;
  error_ =
      Error{.kind = kind, .message = std::move(path) + ": " + std::string(what), .place = {}, .hint = {}, .cause = {}};
}

std::string Message::path_to(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void Message::refuse(std::string_view name, std::string_view what, ErrorKind kind) const {
  problem_.set(path_to(name), what, kind);
}

void Message::allow(std::initializer_list<std::string_view> names) const {
  for (const auto& member : object_) {
    if (std::ranges::find(names, std::string_view(member.key())) == names.end()) {
      refuse(base::harmless(member.key(), 60), "is not a member that the specification knows here");
    }
  }
}

const boost::json::value* Message::member(std::string_view name) const {
  const auto* value = base::find(object_, name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool Message::has(std::string_view name) const { return member(name) != nullptr; }

std::string Message::text(std::string_view name) const {
  std::string out = text_or_empty(name);
  if (out.empty()) refuse(name, "a text is required");
  return out;
}

std::string Message::text_or_empty(std::string_view name) const {
  const auto* value = member(name);
  if (value == nullptr) return {};
  if (!value->is_string()) {
    refuse(name, "expected a string");
    return {};
  }
  return std::string(value->get_string());
}

Bytes Message::bytes(std::string_view name) const {
  auto out = base::from_base64(text(name));
  if (!out) refuse(name, "is not base64");
  return out ? std::move(*out) : Bytes{};
}

std::int64_t Message::integer(std::string_view name) const {
  const auto value = parse_int64(text(name));
  if (!value) refuse(name, "expected a whole number in a string");
  return value.value_or(0);
}

std::uint64_t Message::index(std::string_view name) const {
  const std::int64_t value = integer(name);
  if (value < 0) refuse(name, "is negative");
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

Message Message::message(std::string_view name) const {
  const auto* value = member(name);
  const auto* object = value == nullptr ? nullptr : value->if_object();
  if (object == nullptr) refuse(name, "an object is required");
  return Message(object == nullptr ? kNoObject : *object, path_to(name), problem_);
}

const boost::json::array* Message::array(std::string_view name, std::size_t most) const {
  const auto* value = member(name);
  if (value == nullptr) return nullptr;
  const auto* out = value->if_array();
  if (out == nullptr) {
    refuse(name, "expected an array");
    return nullptr;
  }
  if (out->size() > most) {
    refuse(name, "holds more than " + std::to_string(most) + " elements", ErrorKind::limit);
    return nullptr;
  }
  return out;
}

std::vector<Message> Message::messages(std::string_view name, std::size_t most) const {
  std::vector<Message> out;
  const auto* elements = array(name, most);
  if (elements == nullptr) return out;
  for (std::size_t i = 0; i < elements->size(); ++i) {
    const std::string path = path_to(name) + "[" + std::to_string(i) + "]";
    const auto* object = (*elements)[i].if_object();
    if (object == nullptr) problem_.set(path, "expected an object");
    out.emplace_back(object == nullptr ? kNoObject : *object, path, problem_);
  }
  return out;
}

std::vector<Bytes> Message::byte_strings(std::string_view name, std::size_t most) const {
  std::vector<Bytes> out;
  const auto* elements = array(name, most);
  if (elements == nullptr) return out;
  for (const auto& element : *elements) {
    auto bytes = element.is_string() ? base::from_base64(element.get_string()) : std::nullopt;
    if (!bytes) refuse(name, "holds an element that is not base64");
    out.push_back(bytes ? std::move(*bytes) : Bytes{});
  }
  return out;
}

}  // namespace lock::trust::sigstore
