#include "tests/support/registry/fault.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <span>
#include <stdexcept>

#include "resolver/base/text.hpp"
#include "tests/support/registry/gzip.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

std::vector<std::pair<std::string, std::string>> fields_of(const json::value& value) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (value.is_array()) {  // [["Name", "value"], …] where a name repeats
    for (const json::value& pair : value.as_array()) {
      fields.emplace_back(text_of(pair.as_array().at(0)), text_of(pair.as_array().at(1)));
    }
  } else {
    for (const auto& [name, field] : value.as_object()) fields.emplace_back(std::string(name), text_of(field));
  }
  return fields;
}

std::size_t number_of(const json::value& value) { return static_cast<std::size_t>(value.as_int64()); }

using Setter = void (*)(Fault&, const json::value&);
struct Member {
  std::string_view name;
  Setter set;
};

constexpr Member match_members[] = {
    {"method", [](Fault& f, const json::value& v) { f.method = text_of(v); }},
    {"kind", [](Fault& f, const json::value& v) { f.kind = text_of(v); }},
    {"door", [](Fault& f, const json::value& v) { f.door = text_of(v); }},
    {"repository", [](Fault& f, const json::value& v) { f.repository = text_of(v); }},
    {"reference", [](Fault& f, const json::value& v) { f.reference = text_of(v); }},
    {"path", [](Fault& f, const json::value& v) { f.path = text_of(v); }},
    {"query", [](Fault& f, const json::value& v) { f.query = text_of(v); }},
    {"authorization", [](Fault& f, const json::value& v) { f.authorization = text_of(v); }},
    {"lacks-accept", [](Fault& f, const json::value& v) { f.lacks_accept = text_of(v); }},
    {"on-status", [](Fault& f, const json::value& v) { f.on_status = static_cast<int>(v.as_int64()); }},
    {"skip", [](Fault& f, const json::value& v) { f.skip = number_of(v); }},
    {"times", [](Fault& f, const json::value& v) { f.times = number_of(v); }},
    {"percent", [](Fault& f, const json::value& v) { f.percent = v.to_number<double>(); }},
    {"seed", [](Fault& f, const json::value& v) { f.seed = number_of(v); }},
};

constexpr Member effect_members[] = {
    {"why", [](Fault&, const json::value&) {}},  // for people
    {"status", [](Fault& f, const json::value& v) { f.status = static_cast<int>(v.as_int64()); }},
    {"body", [](Fault& f, const json::value& v) { f.body = v.is_string() ? text_of(v) : json::serialize(v); }},
    {"set", [](Fault& f, const json::value& v) { f.set = fields_of(v); }},
    {"add", [](Fault& f, const json::value& v) { f.add = fields_of(v); }},
    {"remove",
     [](Fault& f, const json::value& v) {
       for (const json::value& name : v.as_array()) f.remove.push_back(text_of(name));
     }},
    {"raw", [](Fault& f, const json::value& v) { f.raw = text_of(v); }},
    {"corrupt", [](Fault& f, const json::value& v) { f.corrupt = v.as_bool(); }},
    {"gzip", [](Fault& f, const json::value& v) { f.gzip = v.as_bool(); }},
    {"gzip-bomb", [](Fault& f, const json::value& v) { f.gzip_bomb = number_of(v); }},
    {"pad-headers", [](Fault& f, const json::value& v) { f.pad_headers = number_of(v); }},
    {"delay-ms", [](Fault& f, const json::value& v) { f.delay = std::chrono::milliseconds(v.as_int64()); }},
    {"hang", [](Fault& f, const json::value& v) { f.hang = v.as_bool(); }},
    {"drop", [](Fault& f, const json::value& v) { f.drop = v.as_bool(); }},
    {"reset", [](Fault& f, const json::value& v) { f.reset = v.as_bool(); }},
    {"truncate", [](Fault& f, const json::value& v) { f.truncate = number_of(v); }},
    {"length", [](Fault& f, const json::value& v) { f.length = number_of(v); }},
    {"no-length", [](Fault& f, const json::value& v) { f.no_length = v.as_bool(); }},
    {"chunked", [](Fault& f, const json::value& v) { f.chunked = v.as_bool(); }},
    {"endless", [](Fault& f, const json::value& v) { f.endless = v.as_bool(); }},
    {"drip", [](Fault& f, const json::value& v) { f.drip = number_of(v); }},
    {"drip-every-ms", [](Fault& f, const json::value& v) { f.drip_every = std::chrono::milliseconds(v.as_int64()); }},
};

void apply(Fault& fault, std::span<const Member> members, std::string_view name, const json::value& value) {
  const auto found = std::ranges::find(members, name, &Member::name);
  if (found == members.end()) throw std::runtime_error("a fault has no member " + std::string(name));
  try {
    found->set(fault, value);
  } catch (const std::exception&) {
    throw std::runtime_error("wrong type of the member " + std::string(name) + ": " + json::serialize(value));
  }
}

bool is_listed(std::string_view list, std::string_view text) {
  if (list.empty()) return true;
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find('|'));
    if (item == text) return true;
    list.remove_prefix(std::min(item.size() + 1, list.size()));
  }
  return false;
}

bool is_chosen(const Fault& fault, const Question& question, std::size_t nth) {
  if (fault.percent >= 100) return true;
  const std::size_t target = std::hash<std::string>{}(question.method + question.path + question.query);
  std::mt19937_64 random(fault.seed * 1'000'003 + target + nth * 7919);
  return std::uniform_real_distribution<>(0, 100)(random) < fault.percent;
}

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Status";
  }
}

std::string hexadecimal(std::size_t value) {
  std::string out;
  do out.insert(out.begin(), "0123456789abcdef"[value % 16]);
  while ((value /= 16) > 0);
  return out;
}

// Everything that the faults, in order, want of the wire.
struct Wire {
  explicit Wire(const std::vector<Fault>& faults) {
    for (const Fault& fault : faults) {
      delay += fault.delay;
      hang |= fault.hang;
      drop |= fault.drop;
      reset |= fault.reset;
      if (fault.truncate) truncate = fault.truncate;
      if (fault.length) length = fault.length;
      no_length |= fault.no_length;
      chunked |= fault.chunked || fault.endless;
      endless |= fault.endless;
      if (fault.drip > 0) drip = &fault;
    }
  }
  std::chrono::milliseconds delay{0};
  bool hang = false, drop = false, reset = false, no_length = false, chunked = false, endless = false;
  std::optional<std::size_t> truncate;
  std::optional<std::uint64_t> length;
  const Fault* drip = nullptr;
};

Bytes head_of(const Answer& answer, bool head, const Wire& wire) {
  Bytes out = "HTTP/1.1 " + std::to_string(answer.status) + " " + std::string(reason(answer.status)) + "\r\n";
  bool says_length = false;
  for (const auto& [name, value] : answer.headers) {
    out += name + ": " + value + "\r\n";
    says_length |= base::equal_ignoring_case(name, "content-length");
  }
  const bool has_body = answer.status != 204 && answer.status != 304 && answer.status >= 200;
  if (wire.chunked && !head) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (wire.length) {
    out += "Content-Length: " + std::to_string(*wire.length) + "\r\n";
  } else if (!wire.no_length && !says_length && has_body) {
    out += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
  }
  if (wire.no_length && !head) out += "Connection: close\r\n";
  return out + "\r\n";
}

void add_body(Script& script, Bytes body, const Wire& wire) {
  if (wire.truncate && *wire.truncate < body.size()) body.resize(*wire.truncate);
  if (wire.endless) {  // large pieces: tiny ones would be slow
    const Bytes once = body.empty() ? Bytes(1024, ' ') : body;
    while (body.size() < 65536) body += once;
  }
  if (wire.chunked && !body.empty()) body = hexadecimal(body.size()) + "\r\n" + body + "\r\n";
  if (wire.endless) {
    script.push_back({.kind = Step::Kind::repeat, .bytes = std::move(body), .amount = SIZE_MAX});
    return;
  }
  if (wire.drip != nullptr) {
    script.push_back({.kind = Step::Kind::drip,
                      .bytes = std::move(body),
                      .amount = wire.drip->drip,
                      .pause = wire.drip->drip_every});
  } else if (!body.empty()) {
    script.back().bytes += body;
  }
  if (wire.chunked && !wire.truncate) script.push_back({.bytes = "0\r\n\r\n"});
}

}  // namespace

void Answer::set(const std::string& name, const std::string& value) {
  remove(name);
  headers.emplace_back(name, value);
}

void Answer::remove(const std::string& name) {
  std::erase_if(headers, [&](const auto& field) { return base::equal_ignoring_case(field.first, name); });
}

std::string Answer::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (base::equal_ignoring_case(key, name)) return value;
  }
  return {};
}

bool glob_matches(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob.front() != '*')
    return !text.empty() && glob.front() == text.front() && glob_matches(glob.substr(1), text.substr(1));
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (glob_matches(glob.substr(1), text.substr(i))) return true;
  }
  return false;
}

Fault read_fault(const json::object& description) {
  Fault fault;
  for (const auto& [name, value] : description) {
    if (name == "match") {
      for (const auto& [key, wanted] : value.as_object()) apply(fault, match_members, key, wanted);
    } else {
      apply(fault, effect_members, name, value);
    }
  }
  return fault;
}

std::vector<Fault> read_faults(const json::array& descriptions) {
  std::vector<Fault> faults;
  for (const json::value& description : descriptions) faults.push_back(read_fault(description.as_object()));
  return faults;
}

bool strikes(Fault& fault, const Question& question, int status, std::size_t nth) {
  const auto fits = [](const std::string& glob, const std::string& text) {
    return glob.empty() || glob_matches(glob, text);
  };
  const bool meant = is_listed(fault.method, question.method) && is_listed(fault.kind, question.kind) &&
                     is_listed(fault.door, question.door) && is_listed(fault.authorization, question.authorization) &&
                     fits(fault.repository, question.repository) && fits(fault.reference, question.reference) &&
                     fits(fault.path, question.path) && fits(fault.query, question.query) &&
                     (fault.on_status == 0 || fault.on_status == status) &&
                     (fault.lacks_accept.empty() || !question.accept.contains(fault.lacks_accept));
  if (!meant || !is_chosen(fault, question, nth)) return false;
  const std::size_t before = fault.seen++;
  return before >= fault.skip && before - fault.skip < fault.times;
}

void change(const Fault& fault, Answer& answer, const std::function<std::string(std::string_view)>& expand) {
  if (fault.status) {
    answer.status = *fault.status;
    if (!fault.body) answer.body.clear();
    if (*fault.status >= 300) {  // an error has none of these
      for (const char* name : {"Docker-Content-Digest", "ETag", "Content-Type", "Link"}) answer.remove(name);
    }
  }
  if (fault.body) answer.body = expand(*fault.body);
  if (fault.corrupt && !answer.body.empty()) answer.body[answer.body.size() / 2] ^= 1;
  if (fault.gzip || fault.gzip_bomb > 0) {
    answer.body = fault.gzip ? gzip_stored(answer.body) : gzip_zeros(fault.gzip_bomb << 20);
    answer.set("Content-Encoding", "gzip");
  }
  for (const std::string& name : fault.remove) answer.remove(name);
  for (const auto& [name, value] : fault.set) answer.set(name, expand(value));
  for (const auto& [name, value] : fault.add) answer.headers.emplace_back(name, expand(value));
  for (std::size_t bytes = 0, i = 0; bytes < fault.pad_headers; bytes += 1000, ++i) {
    answer.headers.emplace_back("X-Padding-" + std::to_string(i), std::string(990, 'x'));
  }
}

Script script_of(const Answer& answer, bool head, const std::vector<Fault>& faults) {
  const Wire wire(faults);
  Script script;
  if (wire.delay.count() > 0) script.push_back({.kind = Step::Kind::wait, .pause = wire.delay});
  if (wire.hang) {
    script.push_back({.kind = Step::Kind::hang});
    return script;
  }
  const Step::Kind ending = wire.reset ? Step::Kind::reset : Step::Kind::finish;
  if (wire.drop || (wire.reset && !wire.truncate)) {
    script.push_back({.kind = ending});
    return script;
  }
  for (const Fault& fault : faults) {
    if (!fault.raw) continue;
    script.push_back({.bytes = *fault.raw});
    script.push_back({.kind = Step::Kind::finish});
    return script;
  }
  script.push_back({.bytes = head_of(answer, head, wire)});
  if (!head && answer.status != 204 && answer.status != 304) add_body(script, answer.body, wire);
  if (wire.truncate && !head)
    script.push_back({.kind = ending});
  else if (wire.no_length && !head)
    script.push_back({.kind = Step::Kind::finish});
  else if (wire.length && !head)
    script.push_back({.kind = Step::Kind::hang});
  return script;
}

}  // namespace lock::test
