// The loop. How a single transfer is set up, and what its end means, stands in transfer.cpp.
#include "resolver/registry/http.hpp"

#include <curl/curl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "resolver/base/file.hpp"
#include "resolver/registry/transfer.hpp"

namespace lock::registry {
namespace {

void initialise_libcurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::bad_alloc();
}

constexpr std::size_t most_spare_transfers = 128;

bool ends_all_unsent(HttpStage stage) {
  return stage == HttpStage::name || stage == HttpStage::connect || stage == HttpStage::tls;
}

// So much text holds more authorities than a company has of its own: reading it for each connection takes longer than
// the handshake.
constexpr std::size_t large_bundle = std::size_t{64} << 10;
constexpr std::size_t most_bundle = std::size_t{8} << 20;

std::string system_bundle() {
  const char* path = curl_version_info(CURLVERSION_NOW)->cainfo;
  if (path == nullptr) return {};
  return base::read_file(path, most_bundle).value_or(std::string());
}

}  // namespace

// A large bundle is completed with the system's, so that it stands alone: beside a folder of certificates libcurl would
// read it anew for each connection.
HttpLoop::AuthorityFile::AuthorityFile(const std::string& authorities)
    : text(authorities), file(memfd_create("authorities", MFD_CLOEXEC)) {
  std::string all = text;
  if (all.size() >= large_bundle) {
    const std::string system = system_bundle();
    stands_alone = !system.empty();
    all += system;
  }
  std::string name = "/proc/self/fd/" + std::to_string(file.number());
  const auto size = static_cast<ssize_t>(all.size());
  const bool whole = file.number() >= 0 && write(file.number(), all.data(), all.size()) == size;
  if (whole && access(name.c_str(), R_OK) == 0) path = std::move(name);
  stands_alone = stands_alone && !path.empty();
}

struct HttpLoop::State {
  CURLM* multi = nullptr;
  std::deque<AuthorityFile> authority_files;  // one for each text, so that equal settings share connections
  std::map<std::shared_ptr<const TlsSettings>, const AuthorityFile*> authorities;
  std::string user_agent;
  std::map<Transfer*, std::unique_ptr<Transfer>> active;
  std::vector<std::unique_ptr<Transfer>> spare;
  std::multimap<Clock::time_point, std::coroutine_handle<>> sleepers;
  Clock::time_point next_connect_check = Clock::now();

  std::mutex guard;  // of what the threads beside the loop touch
  std::vector<std::coroutine_handle<>> returned;
  std::vector<std::jthread> threads;
  std::size_t aside = 0;
};

HttpLoop::HttpLoop(std::string user_agent, HttpLimits limits)
    : state_(std::make_unique<State>()), limits_(std::move(limits)) {
  initialise_libcurl();
  state_->user_agent = std::move(user_agent);
  state_->multi = curl_multi_init();
  if (state_->multi == nullptr) throw std::bad_alloc();
  curl_multi_setopt(state_->multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  curl_multi_setopt(state_->multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits_.connections_per_host);
  curl_multi_setopt(state_->multi, CURLMOPT_MAXCONNECTS, 512L);
}

HttpLoop::~HttpLoop() {
  state_->threads.clear();  // joins
  for (auto& [pointer, transfer] : state_->active) curl_multi_remove_handle(state_->multi, transfer->easy());
  state_->active.clear();
  state_->spare.clear();
  curl_multi_cleanup(state_->multi);
}

bool HttpLoop::run_is_over() const { return limits_.run_deadline && Clock::now() >= *limits_.run_deadline; }

std::unique_ptr<HttpLoop::Transfer> HttpLoop::take_transfer() {
  if (state_->spare.empty()) return std::make_unique<Transfer>();
  std::unique_ptr<Transfer> transfer = std::move(state_->spare.back());
  state_->spare.pop_back();
  return transfer;
}

const HttpLoop::AuthorityFile* HttpLoop::authorities_of(const HttpRequest& request) {
  if (request.tls == nullptr || request.tls->authorities.empty()) return nullptr;
  const auto [entry, added] = state_->authorities.try_emplace(request.tls, nullptr);
  if (!added) return entry->second;
  const std::string& text = request.tls->authorities;
  auto file = std::ranges::find(state_->authority_files, text, &AuthorityFile::text);
  if (file == state_->authority_files.end()) {
    state_->authority_files.emplace_back(text);
    file = std::prev(state_->authority_files.end());
  }
  entry->second = &*file;
  return entry->second;
}

void HttpLoop::begin(Sending& sending, std::coroutine_handle<> caller) {
  std::unique_ptr<Transfer> transfer = take_transfer();
  transfer->begin(sending.request_, &sending.result_, caller, state_->user_agent, limits_,
                  authorities_of(*sending.request_));
  ++counts_.requests;
  Transfer& reference = *transfer;
  state_->active.emplace(transfer.get(), std::move(transfer));
  if (run_is_over()) return finish(reference, std::unexpected(run_deadline_failure()));
  const CURLMcode code = curl_multi_add_handle(state_->multi, reference.easy());
  if (code != CURLM_OK) throw std::bad_alloc();
}

void HttpLoop::add_sleeper(Clock::time_point until, std::coroutine_handle<> caller) {
  if (limits_.run_deadline) until = std::min(until, *limits_.run_deadline);
  state_->sleepers.emplace(until, caller);
}

void HttpLoop::begin_aside(std::function<void()> work, std::coroutine_handle<> caller) {
  ++state_->aside;
  state_->threads.emplace_back([this, work = std::move(work), caller] {
    work();
    const std::lock_guard hold(state_->guard);
    state_->returned.push_back(caller);
    curl_multi_wakeup(state_->multi);
  });
}

void HttpLoop::finish(Transfer& transfer, HttpResult result) {
  counts_.connections += transfer.new_connections();
  counts_.bytes += transfer.bytes_received();
  ready_.post(transfer.deliver(std::move(result)));
  auto node = state_->active.extract(&transfer);
  curl_multi_remove_handle(state_->multi, transfer.easy());
  if (state_->spare.size() < most_spare_transfers) state_->spare.push_back(std::move(node.mapped()));
}

// When no connection comes about, every request that waited for it would try in its turn and wait as long again: all
// of them get the first one's failure instead, and their askers decide about another attempt together.
void HttpLoop::fail_unsent(const std::string& origin, const HttpFailure& failure) {
  std::vector<Transfer*> unsent;
  for (const auto& [pointer, transfer] : state_->active) {
    if (!transfer->was_sent() && transfer->origin() == origin) unsent.push_back(pointer);
  }
  for (Transfer* transfer : unsent) finish(*transfer, std::unexpected(failure));
}

void HttpLoop::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(state_->multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    void* pointer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &pointer);
    auto* transfer = static_cast<Transfer*>(pointer);
    const CURLcode code = message->data.result;  // the message dies with the handle's removal
    HttpResult result = transfer->conclude(code, limits_);
    if (result || !ends_all_unsent(result.error().stage)) {
      finish(*transfer, std::move(result));
      continue;
    }
    const std::string origin = transfer->origin();
    const HttpFailure fatal = result.error();
    finish(*transfer, std::move(result));
    fail_unsent(origin, fatal);
  }
}

// libcurl's connect time limit covers names, TCP and TLS together; TCP alone has the shorter one of ours.
void HttpLoop::end_overdue_connects() {
  const Clock::time_point now = Clock::now();
  if (now < state_->next_connect_check) return;
  state_->next_connect_check = now + std::chrono::milliseconds(250);
  std::vector<Transfer*> overdue;
  for (const auto& [pointer, transfer] : state_->active) {
    if (transfer->connect_overdue(now, limits_.connect)) overdue.push_back(pointer);
  }
  for (Transfer* transfer : overdue) {
    if (!state_->active.contains(transfer)) continue;  // went with an earlier one of the same origin
    const HttpFailure failure = connect_deadline_failure(limits_);
    const std::string origin = transfer->origin();
    finish(*transfer, std::unexpected(failure));
    fail_unsent(origin, failure);
  }
}

void HttpLoop::wake_sleepers() {
  const Clock::time_point now = Clock::now();
  while (!state_->sleepers.empty() && state_->sleepers.begin()->first <= now) {
    ready_.post(state_->sleepers.begin()->second);
    state_->sleepers.erase(state_->sleepers.begin());
  }
  const std::lock_guard hold(state_->guard);
  for (const std::coroutine_handle<> caller : state_->returned) {
    --state_->aside;
    ready_.post(caller);
  }
  state_->returned.clear();
}

void HttpLoop::end_run() {
  while (!state_->active.empty()) {
    finish(*state_->active.begin()->first, std::unexpected(run_deadline_failure()));
  }
}

int HttpLoop::poll_milliseconds() const {
  Clock::time_point until = Clock::now() + std::chrono::milliseconds(1'000);
  if (!state_->active.empty()) until = std::min(until, state_->next_connect_check);
  if (!state_->sleepers.empty()) until = std::min(until, state_->sleepers.begin()->first);
  if (limits_.run_deadline) until = std::min(until, *limits_.run_deadline);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 1'000));
}

void HttpLoop::run() {
  while (true) {
    ready_.run();
    wake_sleepers();
    if (!ready_.empty()) continue;
    if (state_->active.empty() && state_->sleepers.empty() && state_->aside == 0) break;
    int running = 0;
    curl_multi_perform(state_->multi, &running);
    collect_finished();
    if (run_is_over()) end_run();
    end_overdue_connects();
    if (ready_.empty()) curl_multi_poll(state_->multi, nullptr, 0, poll_milliseconds(), nullptr);
  }
  state_->threads.clear();
}

}  // namespace lock::registry
