// A registry that lives in the test process, serves what a test made, behaves as a personality says, answers as ugly as
// the faults say, and counts what it was asked.
//
// It has three doors, each on a free loopback port: "registry" (127.0.0.1), "token" (127.0.0.1, another port, so
// another origin) and "other" (127.0.0.2, so another host: storage behind redirects, or an attacker). Every door serves
// every route; where a challenge, a redirect or a link points is up to the personality and the faults.
//
//   /v2/…                 distribution-spec v1.1, pulling and pushing
//   <token path>          the token server of the personality
//   /storage/REPO/DIGEST  object storage: no authentication, and 400 when an Authorization header arrives
//   /_counters, /_log     what was asked, for shell tests; /_content, /_faults (POST) change it. Never counted.
//
// Thread-safe. Starting and stopping takes about a millisecond.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "tests/support/registry/content.hpp"
#include "tests/support/registry/http_server.hpp"
#include "tests/support/registry/personality.hpp"

namespace lock::test {

struct LogEntry {
  std::string door;
  std::string method;
  std::string kind;
  std::string target;
  std::string repository;
  std::string authorization;  // "none", "basic USER", "bearer NUMBER" of the token, "bearer ?" of an unknown one
  std::string accept;
  std::string scope;  // token requests: the scopes asked for
  std::string host;   // the Host header
  int status = 0;
  std::uint64_t connection = 0;
  std::size_t body = 0;                    // bytes that came with it
  [[nodiscard]] std::string text() const;  // one line
};

struct Counters {
  std::map<std::string, std::size_t> requests;     // "HEAD manifest 200" -> count
  std::map<std::string, std::size_t> tokens;       // scope -> tokens handed out
  std::map<std::string, std::size_t> connections;  // door -> accepted
  std::size_t manifest_gets = 0;                   // answered 200: what Docker Hub counts
  std::size_t blob_bytes_received = 0;             // by uploads
  std::uint64_t bytes_sent = 0;
  [[nodiscard]] std::size_t all() const;                        // requests of any kind
  [[nodiscard]] std::size_t of(std::string_view prefix) const;  // "HEAD", "HEAD manifest", "GET token 200"
};

struct RegistryOptions {
  Personality personality{};
  std::vector<Fault> faults{};
  std::optional<Identity> identity{};  // with it, every door speaks TLS
  std::string client_authority{};      // PEM: client certificates are required
  std::string address = "127.0.0.1";   // of the doors "registry" and "token"
  Door::Deaf deaf = Door::Deaf::no;    // the door "registry"
};

class ScriptedRegistry {
 public:
  explicit ScriptedRegistry(RegistryOptions options = {});
  ~ScriptedRegistry();
  ScriptedRegistry(const ScriptedRegistry&) = delete;
  ScriptedRegistry& operator=(const ScriptedRegistry&) = delete;

  // host:port of a door; the first is what references name.
  [[nodiscard]] std::string host(std::string_view door = "registry") const;
  [[nodiscard]] std::string url(std::string_view door = "registry") const;  // with scheme
  [[nodiscard]] std::uint16_t port(std::string_view door = "registry") const;

  void change(const std::function<void(Content&)>& how);
  [[nodiscard]] std::string digest_of(std::string_view name) const;
  [[nodiscard]] std::string expand(std::string_view text) const;  // names of the content and of the doors
  void set_faults(std::vector<Fault> faults);
  void add_fault(Fault fault);
  void set_personality(Personality personality);
  // A name that templates may use: `${name}`.
  void define(const std::string& name, const std::string& value);
  // What a door is called from outside when something (nghttpx, a proxy) stands before it.
  void announce(std::string_view door, const std::string& host_and_port, const std::string& scheme);

  [[nodiscard]] Counters counters() const;
  [[nodiscard]] std::vector<LogEntry> log() const;
  void forget();  // counters and log start anew; tokens stay valid

 private:
  struct Token {
    std::size_t number = 0;
    std::vector<std::string> scopes;
    std::string account;
    std::size_t used = 0;
  };
  struct Upload {
    std::string repository;
    Bytes bytes;
  };
  struct Grant {  // what a request may do
    bool allowed = true;
    bool insufficient = false;  // a good token without the scope
    std::string account;
  };

  Script handle(const Request& request);
  Answer answer(const Request& request, Question& question, LogEntry& entry);
  Answer serve(const Request& request, Question& question);
  Answer token_answer(const Request& request, LogEntry& entry);
  Answer give_token(const std::vector<std::string>& scopes, const std::string& account, LogEntry& entry);
  Answer manifest(const Request& request, const Question& question);
  Answer put_manifest(const Request& request, const Question& question);
  Answer blob(const Request& request, const Question& question, bool storage);
  Answer referrers(const Request& request, const Question& question);
  Answer tags(const Request& request, const Question& question);
  Answer start_upload(const Request& request, const Question& question);
  Answer upload(const Request& request, const Question& question);
  Answer finish_upload(Upload& upload, const std::string& id, const std::string& digest);
  Answer admin(const Request& request);
  Answer challenge(const Question& question, bool insufficient);
  Grant authorize(const Request& request, const Question& question, LogEntry& entry);
  bool may(const std::string& account, const std::string& repository) const;
  void count_quota(const Request& request, const Question& question, Answer& answer);
  std::string fill(std::string_view text, const Question& question) const;
  std::string scope_of(const Question& question) const;
  Counters count() const;

  mutable std::mutex guard_;
  Personality personality_;
  std::vector<Fault> faults_;
  Content content_;
  std::map<std::string, std::string> definitions_;
  std::map<std::string, std::pair<std::string, std::string>> announced_;  // door -> host:port, scheme
  std::map<std::string, Token> tokens_;
  std::map<std::string, Upload> uploads_;
  std::map<std::string, std::size_t> asked_;  // target -> how often
  std::map<std::string, std::size_t> tokens_by_scope_;
  std::vector<LogEntry> log_;
  std::size_t blob_bytes_received_ = 0;
  std::size_t next_token_ = 1;
  std::size_t next_upload_ = 1;
  std::string scheme_;
  std::string address_;
  std::unique_ptr<HttpServer> server_;  // last: its thread uses all of the above
};

}  // namespace lock::test
