#include "tests/support/registry/routes.hpp"

#include <array>

namespace lock::test {
namespace {

struct Route {
  std::string_view mark;
  std::string_view kind;
};

// A repository may itself hold such a word, so the last one in the path decides; uploads before blobs.
constexpr std::array<Route, 5> routes{{{"/blobs/uploads/", "upload"},
                                       {"/manifests/", "manifest"},
                                       {"/blobs/", "blob"},
                                       {"/referrers/", "referrers"},
                                       {"/tags/", "tags"}}};

}  // namespace

Question route(const Request& request, std::string_view token_path) {
  Question question{.method = request.method,
                    .kind = "unknown",
                    .path = request.path,
                    .query = request.query,
                    .accept = request.header("accept")};
  if (request.path == token_path) {
    question.kind = "token";
  } else if (request.path == "/v2/" || request.path == "/v2") {
    question.kind = "ping";
  } else if (request.path.starts_with("/storage/")) {
    const std::size_t slash = request.path.rfind('/');
    question.kind = "storage";
    question.repository = slash > 9 ? request.path.substr(9, slash - 9) : "";
    question.reference = percent_decode(request.path.substr(slash + 1));
  } else if (request.path.starts_with("/v2/")) {
    for (const Route& candidate : routes) {
      const std::size_t mark = request.path.rfind(candidate.mark);
      if (mark == std::string::npos || mark < 4) continue;
      question.kind = candidate.kind;
      question.repository = request.path.substr(4, mark - 4);
      question.reference = percent_decode(request.path.substr(mark + candidate.mark.size()));
      break;
    }
  }
  return question;
}

}  // namespace lock::test
