#include "resolver/trust/crypto/canonical_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lock::trust::crypto {
namespace {

// Section 3.2.2.2: the short escapes, \u00xx for other controls, everything else as it is.
void write_string(Bytes& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\f': out += "\\f"; break;
      case '\r': out += "\\r"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) {
          out.push_back(c);
        } else {
          out += "\\u00";
          out.push_back(hex[static_cast<unsigned char>(c) >> 4]);
          out.push_back(hex[static_cast<unsigned char>(c) & 15]);
        }
    }
  }
  out.push_back('"');
}

// ECMA-262 Number::toString: shortest digits that read back as the same double, in plain notation from 1e-6 to 1e21.
void write_double(Bytes& out, double number) {
  if (number == 0) {
    out += "0";
    return;
  }
  std::array<char, 64> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(number), std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  const auto e = text.find('e');
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c != '.') digits.push_back(c);
  }
  int exponent = 0;
  const char* first = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(first, text.data() + text.size(), exponent);
  const int point = exponent + 1;  // the decimal point stands after that many digits
  const int count = static_cast<int>(digits.size());
  if (number < 0) out.push_back('-');
  if (point > 21 || point < -5) {
    out.push_back(digits[0]);
    if (count > 1) out += "." + digits.substr(1);
    out += (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
  } else if (point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else if (count <= point) {
    out += digits + std::string(static_cast<std::size_t>(point - count), '0');
  } else {
    out += digits.substr(0, static_cast<std::size_t>(point)) + "." + digits.substr(static_cast<std::size_t>(point));
  }
}

// UTF-16 code units of well-formed UTF-8: the sort key of section 3.2.3.
std::u16string to_utf16(std::string_view text) {
  std::u16string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t size = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    std::uint32_t point = size == 1 ? byte : byte & (0xffU >> (size + 1));
    for (std::size_t k = 1; k < size && i + k < text.size(); ++k) {
      point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
    }
    if (point < 0x10000) {
      out.push_back(static_cast<char16_t>(point));
    } else {
      out.push_back(static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10)));
      out.push_back(static_cast<char16_t>(0xdc00 + ((point - 0x10000) & 0x3ff)));
    }
    i += size;
  }
  return out;
}

void write(Bytes& out, const boost::json::value& value);

void write_object(Bytes& out, const boost::json::object& object) {
  std::vector<std::pair<std::u16string, const boost::json::key_value_pair*>> members;
  members.reserve(object.size());
  for (const auto& member : object) members.emplace_back(to_utf16(member.key()), &member);
  std::ranges::sort(members, {}, [](const auto& member) -> const std::u16string& { return member.first; });
  out.push_back('{');
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out.push_back(',');
    write_string(out, members[i].second->key());
    out.push_back(':');
    write(out, members[i].second->value());
  }
  out.push_back('}');
}

void write(Bytes& out, const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: out += "null"; return;
    case boost::json::kind::bool_: out += value.get_bool() ? "true" : "false"; return;
    case boost::json::kind::int64: out += std::to_string(value.get_int64()); return;
    case boost::json::kind::uint64: out += std::to_string(value.get_uint64()); return;
    case boost::json::kind::double_: write_double(out, value.get_double()); return;
    case boost::json::kind::string: write_string(out, value.get_string()); return;
    case boost::json::kind::object: write_object(out, value.get_object()); return;
    case boost::json::kind::array: break;
  }
  out.push_back('[');
  const auto& array = value.get_array();
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (i > 0) out.push_back(',');
    write(out, array[i]);
  }
  out.push_back(']');
}

}  // namespace

Bytes canonical_json(const boost::json::value& value) {
  Bytes out;
  write(out, value);
  return out;
}

}  // namespace lock::trust::crypto
