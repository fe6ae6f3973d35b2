// How a kind of registry behaves, as data: personalities/NAME.json. What is not said is what the distribution
// specification asks for. README.md describes every member.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/registry/fault.hpp"

namespace lock::test {

enum class Authentication : std::uint8_t { none, basic, bearer };

struct TokenServer {
  std::string path = "/token";
  std::string door = "token";              // where the default challenge points
  int get = 200;                           // another status refuses every GET (POST) with it
  int post = 404;                          // only OAuth2-aware servers answer 200
  std::string member = "token";            // "token", "access_token" or "both"
  std::optional<std::int64_t> expires_in;  // seconds, as the answer says; absent: not said
  std::string issued_at;                   // as the answer says; empty: not said
  std::size_t uses = SIZE_MAX;             // a token is refused after so many requests: expiry without a clock
  std::string honours = "all";             // of several scopes: "all", "first", "last"; "one": several are an error
  bool anonymous = true;                   // whether tokens are handed out without credentials
};

struct Quota {
  std::size_t limit = 0;  // manifest GETs; 0: none, and no headers
  std::size_t remaining = 0;
  std::string window = "21600";
};

struct Personality {
  std::string about;
  Authentication authentication = Authentication::none;
  std::map<std::string, std::string> users;            // name -> password
  std::map<std::string, std::string> identity_tokens;  // refresh token -> account
  std::vector<std::string> private_repositories;       // globs; the others may be pulled with an anonymous token
  std::string service = "registry.test";
  std::string scope = "repository:${repository}:pull";  // what the challenge asks for and a token must hold
  std::vector<std::string> challenges;                  // WWW-Authenticate fields verbatim; empty: the usual one
  std::vector<std::string> ping_challenges;             // those of GET /v2/; empty: the same
  TokenServer token;
  std::string accept = "any";  // "any", "strict" (404 when the stored type is not listed) or "v1" (converts)
  bool referrers = true;
  bool referrers_filter = false;  // filters by artifactType and says so
  std::size_t page = 0;           // entries of a referrers or tags page; 0: all
  bool ranges = true;             // a part of a blob is sent where one is asked for
  bool dash_tag_is_digest = false;
  Quota quota;
  int unknown_repository = 404;  // status for a repository that does not exist, after authentication
  std::vector<Fault> faults;
};

// Starts from `base` and takes over what the description says. Throws std::runtime_error on an unknown member.
[[nodiscard]] Personality read_personality(const boost::json::object& description, Personality base = {});

// The personality of that name, from the folder beside this file.
[[nodiscard]] Personality load_personality(std::string_view name);

// A JSON file of the tests; comments are allowed. Throws std::runtime_error, which names the file.
[[nodiscard]] boost::json::value load_json(const std::string& path);

}  // namespace lock::test
