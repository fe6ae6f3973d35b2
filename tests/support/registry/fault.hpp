// Faults as data: which requests, and what becomes of the answer that they would have got. The JSON spelling of every
// member is described in README.md; a fault of a personality and a fault of a test are the same thing.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/registry/http_server.hpp"

namespace lock::test {

// A request as the registry understands it.
struct Question {
  std::string door;  // "registry", "token" or "other"
  std::string method;
  std::string kind;  // "ping", "manifest", "blob", "tags", "referrers", "upload", "token", "storage", "unknown"
  std::string path;
  std::string query;
  std::string repository;     // empty where there is none
  std::string reference;      // tag or digest
  std::string authorization;  // "none", "basic", "bearer" or "other"
  std::string accept;
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  Bytes body;
  void set(const std::string& name, const std::string& value);  // replaces
  void remove(const std::string& name);
  [[nodiscard]] std::string header(const std::string& name) const;
};

struct Fault {
  // Which requests. Empty text matches everything; `method` and `kind` are lists with '|', the others globs with '*'.
  std::string method, kind, door, repository, reference, path, query, authorization;
  std::string lacks_accept;  // only when Accept does not name this type
  int on_status = 0;         // only when the ordinary answer has this status
  std::size_t skip = 0;      // leave the first ones alone
  std::size_t times = SIZE_MAX;
  double percent = 100;  // of the requests, chosen by seed, target and how often the target was asked
  std::uint64_t seed = 1;

  // What becomes of the answer. Texts are templates (`${other}`, `${repository}`, names of the content).
  std::optional<int> status{};
  std::optional<std::string> body{};
  std::vector<std::pair<std::string, std::string>> set{}, add{};
  std::vector<std::string> remove{};
  std::optional<std::string> raw{};  // the whole answer, verbatim; the connection ends after it
  bool corrupt = false;              // one bit of the body is turned, headers stay
  bool gzip = false;                 // body and Content-Encoding; the digest header stays that of the original
  std::size_t gzip_bomb = 0;         // the body becomes gzip that inflates to so many MiB of zeros
  std::size_t pad_headers = 0;       // so many bytes of further header fields

  // What becomes of it on the wire.
  std::chrono::milliseconds delay{0};
  bool hang = false;                      // no answer at all, connection left open
  bool drop = false;                      // the connection ends without an answer
  bool reset = false;                     // the same by a TCP reset; with `truncate`, after the part that is sent
  std::optional<std::size_t> truncate{};  // only so many bytes of the body, then the connection ends
  std::optional<std::uint64_t> length{};  // Content-Length says this, whatever is sent; then nothing more comes
  bool no_length = false;                 // no Content-Length, the end of the connection ends the body
  bool chunked = false;
  bool endless = false;                     // chunked, the body over and over again
  std::size_t drip = 0;                     // so many bytes of the body at a time …
  std::chrono::milliseconds drip_every{0};  // … with so much time between

  std::size_t seen = 0;  // how often it matched so far
};

// Throws std::runtime_error on an unknown member or a wrong type, so that a misspelt fault is not silently none.
[[nodiscard]] Fault read_fault(const boost::json::object& description);
[[nodiscard]] std::vector<Fault> read_faults(const boost::json::array& descriptions);

// Whether this fault strikes now; counts. `nth` is how often this target was asked before.
[[nodiscard]] bool strikes(Fault& fault, const Question& question, int status, std::size_t nth);

// Changes the answer. `expand` replaces the templates.
void change(const Fault& fault, Answer& answer, const std::function<std::string(std::string_view)>& expand);

// The bytes of an answer and how they are sent, with what the faults (in order) make of it.
[[nodiscard]] Script script_of(const Answer& answer, bool head, const std::vector<Fault>& faults);

[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace lock::test
