#include "tests/support/registry/personality.hpp"
#include "tests/support/source_dir.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>

namespace lock::test {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

std::vector<std::string> texts_of(const json::value& value) {
  std::vector<std::string> texts;
  for (const json::value& text : value.as_array()) texts.push_back(text_of(text));
  return texts;
}

std::map<std::string, std::string> pairs_of(const json::value& value) {
  std::map<std::string, std::string> pairs;
  for (const auto& [name, text] : value.as_object()) pairs.emplace(std::string(name), text_of(text));
  return pairs;
}

template <typename T>
struct Member {
  std::string_view name;
  void (*set)(T&, const json::value&);
};

template <typename T>
void apply(T& target, std::span<const Member<T>> members, const json::object& description) {
  for (const auto& [name, value] : description) {
    const auto found = std::ranges::find(members, std::string_view(name), &Member<T>::name);
    if (found == members.end()) throw std::runtime_error("a personality has no member " + std::string(name));
    try {
      found->set(target, value);
    } catch (const boost::system::system_error&) {
      throw std::runtime_error("wrong type of the member " + std::string(name));
    } catch (const std::invalid_argument&) {
      throw std::runtime_error("wrong type of the member " + std::string(name));
    }
  }
}

int status_of(const json::value& value) { return static_cast<int>(value.as_int64()); }
std::size_t number_of(const json::value& value) { return static_cast<std::size_t>(value.as_int64()); }

constexpr Member<TokenServer> token_members[] = {
    {"path", [](TokenServer& t, const json::value& v) { t.path = text_of(v); }},
    {"door", [](TokenServer& t, const json::value& v) { t.door = text_of(v); }},
    {"get", [](TokenServer& t, const json::value& v) { t.get = status_of(v); }},
    {"post", [](TokenServer& t, const json::value& v) { t.post = status_of(v); }},
    {"member", [](TokenServer& t, const json::value& v) { t.member = text_of(v); }},
    {"expires-in", [](TokenServer& t, const json::value& v) { t.expires_in = v.as_int64(); }},
    {"issued-at", [](TokenServer& t, const json::value& v) { t.issued_at = text_of(v); }},
    {"uses", [](TokenServer& t, const json::value& v) { t.uses = number_of(v); }},
    {"honours", [](TokenServer& t, const json::value& v) { t.honours = text_of(v); }},
    {"anonymous", [](TokenServer& t, const json::value& v) { t.anonymous = v.as_bool(); }},
};

constexpr Member<Quota> quota_members[] = {
    {"limit", [](Quota& q, const json::value& v) { q.limit = q.remaining = number_of(v); }},
    {"remaining", [](Quota& q, const json::value& v) { q.remaining = number_of(v); }},
    {"window", [](Quota& q, const json::value& v) { q.window = text_of(v); }},
};

Authentication authentication_of(const std::string& text) {
  if (text == "none") return Authentication::none;
  if (text == "basic") return Authentication::basic;
  if (text == "bearer") return Authentication::bearer;
  throw std::runtime_error("authentication is none, basic or bearer, not " + text);
}

constexpr Member<Personality> members[] = {
    {"about", [](Personality& p, const json::value& v) { p.about = text_of(v); }},
    {"sources", [](Personality&, const json::value&) {}},  // for people
    {"authentication", [](Personality& p, const json::value& v) { p.authentication = authentication_of(text_of(v)); }},
    {"users", [](Personality& p, const json::value& v) { p.users = pairs_of(v); }},
    {"identity-tokens", [](Personality& p, const json::value& v) { p.identity_tokens = pairs_of(v); }},
    {"private", [](Personality& p, const json::value& v) { p.private_repositories = texts_of(v); }},
    {"service", [](Personality& p, const json::value& v) { p.service = text_of(v); }},
    {"scope", [](Personality& p, const json::value& v) { p.scope = text_of(v); }},
    {"challenges", [](Personality& p, const json::value& v) { p.challenges = texts_of(v); }},
    {"ping-challenges", [](Personality& p, const json::value& v) { p.ping_challenges = texts_of(v); }},
    {"token", [](Personality& p, const json::value& v) { apply<TokenServer>(p.token, token_members, v.as_object()); }},
    {"accept", [](Personality& p, const json::value& v) { p.accept = text_of(v); }},
    {"referrers", [](Personality& p, const json::value& v) { p.referrers = v.as_bool(); }},
    {"referrers-filter", [](Personality& p, const json::value& v) { p.referrers_filter = v.as_bool(); }},
    {"page", [](Personality& p, const json::value& v) { p.page = number_of(v); }},
    {"ranges", [](Personality& p, const json::value& v) { p.ranges = v.as_bool(); }},
    {"dash-tag-is-digest", [](Personality& p, const json::value& v) { p.dash_tag_is_digest = v.as_bool(); }},
    {"quota", [](Personality& p, const json::value& v) { apply<Quota>(p.quota, quota_members, v.as_object()); }},
    {"unknown-repository", [](Personality& p, const json::value& v) { p.unknown_repository = status_of(v); }},
    {"faults",
     [](Personality& p, const json::value& v) {
       for (Fault& fault : read_faults(v.as_array())) p.faults.push_back(std::move(fault));
     }},
};

}  // namespace

Personality read_personality(const json::object& description, Personality base) {
  apply<Personality>(base, members, description);
  return base;
}

json::value load_json(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  json::parse_options options;
  options.allow_comments = true;
  boost::system::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error) throw std::runtime_error(path + ": " + error.message());
  return value;
}

Personality load_personality(std::string_view name) {
  const std::string path =
      (source_dir() / "tests/support/registry/personalities" / (std::string(name) + ".json")).string();
  try {
    return read_personality(load_json(path).as_object());
  } catch (const std::exception& error) {
    throw std::runtime_error(path + ": " + error.what());
  }
}

}  // namespace lock::test
