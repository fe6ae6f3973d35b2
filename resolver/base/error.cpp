#include "resolver/base/error.hpp"

namespace lock::base {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return "usage";
    case ErrorKind::configuration: return "configuration";
    case ErrorKind::malformed: return "malformed";
    case ErrorKind::mismatch: return "mismatch";
    case ErrorKind::absent: return "absent";
    case ErrorKind::refused: return "refused";
    case ErrorKind::unreachable: return "unreachable";
    case ErrorKind::limit: return "limit";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::io: return "io";
  }
  std::unreachable();
}

std::unexpected<Error> fail(ErrorKind kind, std::string message, std::string hint) {
  return std::unexpected(Error{kind, std::move(message), std::nullopt, std::move(hint), nullptr});
}

std::unexpected<Error> fail_at(ErrorKind kind, Place place, std::string message, std::string hint) {
  return std::unexpected(Error{kind, std::move(message), std::move(place), std::move(hint), nullptr});
}

std::unexpected<Error> while_doing(std::string what, Error cause) {
  Error outer{cause.kind, std::move(what), cause.place, cause.hint, nullptr};
  outer.cause = std::make_shared<const Error>(std::move(cause));
  return std::unexpected(std::move(outer));
}

std::string describe(const Error& error) {
  std::string text = error.message;
  for (const Error* cause = error.cause.get(); cause != nullptr; cause = cause->cause.get()) {
    text += ": ";
    text += cause->message;
  }
  return text;
}

}  // namespace lock::base
