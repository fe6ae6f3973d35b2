// What a function that could not do its job says about it.
//
// Two words are kept apart everywhere in `lock`: an Error says that something could not be done; a Finding
// (resolver/image/finding.hpp) says that it was done and that the answer is bad. A fallible function returns
// Result<T>. Exceptions are left to bugs and exhausted resources.
//
// An Error is worded once, near the place where it happened; every layer above may add what *it* was doing with
// `while_doing`. The command line decides the exit status from `kind` alone.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "resolver/base/place.hpp"

namespace lock::base {

enum class ErrorKind : std::uint8_t {
  usage,          // the command line is wrong                                   exit 2
  configuration,  // images.toml, images.lock or a credential file is wrong      exit 2
  malformed,      // a document does not follow its specification                exit 1 or 3, as the caller sees it
  mismatch,       // bytes are not what their digest says                        exit 1
  absent,         // the authority for it says that it does not exist            exit 1 where it is required
  refused,        // credentials missing or rejected                             exit 3
  unreachable,    // network, DNS, TLS, server failure, time limit               exit 3
  limit,          // a cap of ours was reached before the end                    exit 3
  unsupported,    // a valid thing that we do not know how to judge              exit 3
  io,             // the local machine failed: disk, permissions, processes      exit 3
};

[[nodiscard]] std::string_view name_of(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::io;
  std::string message;         // what was expected and what was found; one sentence, no final period
  std::optional<Place> place;  // where, when there is a text to point at
  std::string hint;            // what to do next; empty when there is nothing useful to say
  std::shared_ptr<const Error> cause;
};

template <typename T>
using Result = std::expected<T, Error>;

// `return fail(ErrorKind::malformed, "…")` in a function that returns Result<T>.
[[nodiscard]] std::unexpected<Error> fail(ErrorKind kind, std::string message, std::string hint = {});
[[nodiscard]] std::unexpected<Error> fail_at(ErrorKind kind, Place place, std::string message, std::string hint = {});

// The same failure, with what the caller was doing in front. Kind, place and hint stay those of the cause.
[[nodiscard]] std::unexpected<Error> while_doing(std::string what, Error cause);

// `what: cause: cause of the cause`, one line, without place and hint.
[[nodiscard]] std::string describe(const Error& error);

}  // namespace lock::base

namespace lock {
using base::Error;
using base::ErrorKind;
using base::fail;
using base::fail_at;
using base::Result;
using base::while_doing;
}  // namespace lock
