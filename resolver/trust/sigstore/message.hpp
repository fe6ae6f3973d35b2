// Reads JSON that follows a protobuf message (proto3 JSON mapping) as strictly as sigstore's client specification asks:
// lowerCamelCase names and no unknown ones, int64 as decimal strings, bytes as padded standard base64, `null` as
// absent.
//
// The first problem wins and sticks: functions return empty values after it, and the caller looks at `Problem` once, at
// the end. That keeps the readers of bundle and trusted root as readable as the messages that they read.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.hpp"
#include "resolver/base/error.hpp"

namespace lock::trust::sigstore {

class Problem {
 public:
  void set(std::string path, std::string_view what, ErrorKind kind = ErrorKind::malformed);
  [[nodiscard]] bool found() const { return error_.has_value(); }
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

class Message {
 public:
  // `object` and `problem` must outlive the message.
  Message(const boost::json::object& object, std::string path, Problem& problem)
      : object_(object), path_(std::move(path)), problem_(problem) {}

  void allow(std::initializer_list<std::string_view> names) const;  // any other member is a problem
  [[nodiscard]] bool has(std::string_view name) const;              // there and not null
  [[nodiscard]] std::string text(std::string_view name) const;      // required, not empty
  [[nodiscard]] std::string text_or_empty(std::string_view name) const;
  [[nodiscard]] Bytes bytes(std::string_view name) const;           // required, not empty
  [[nodiscard]] std::int64_t integer(std::string_view name) const;  // required
  [[nodiscard]] std::uint64_t index(std::string_view name) const;   // required, not negative
  [[nodiscard]] Message message(std::string_view name) const;       // required
  [[nodiscard]] const boost::json::object& object() const { return object_; }
  [[nodiscard]] std::vector<Message> messages(std::string_view name, std::size_t most) const;  // absent is empty
  [[nodiscard]] std::vector<Bytes> byte_strings(std::string_view name, std::size_t most) const;
  void refuse(std::string_view name, std::string_view what, ErrorKind kind = ErrorKind::malformed) const;

 private:
  [[nodiscard]] const boost::json::value* member(std::string_view name) const;
  [[nodiscard]] const boost::json::array* array(std::string_view name, std::size_t most) const;
  [[nodiscard]] std::string path_to(std::string_view name) const;
  const boost::json::object& object_;
  std::string path_;
  Problem& problem_;
};

}  // namespace lock::trust::sigstore
