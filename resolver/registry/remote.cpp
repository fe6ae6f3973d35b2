#include "resolver/registry/remote.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "resolver/base/encoding.hpp"
#include "resolver/base/text.hpp"

namespace lock::registry {
namespace {

using image::Digest;
using image::Reference;
using image::VerifiedBytes;

constexpr std::uint64_t slowest_blob = std::uint64_t{64} * 1024;  // bytes a second, on the average

constexpr std::array<std::string_view, 6> generic_types{"",          "text/plain",       "application/octet-stream",
                                                        "text/json", "application/json", "binary/octet-stream"};

std::optional<Digest> header_digest(const HttpAnswer& answer) {
  auto digest = Digest::parse(answer.headers.first("docker-content-digest"));
  if (!digest) return std::nullopt;
  return *digest;
}

}  // namespace

Result<std::string> claimed_type(const HttpAnswer& answer) {
  std::string type = media_type_of(answer.headers.first("content-type"));
  if (type.starts_with("application/vnd.docker.distribution.manifest.v1+")) {
    return fail(
        ErrorKind::unsupported,
        "the registry answers with Docker schema 1 (" + base::harmless(type, 100) + "), whose digest cannot be trusted",
        "push the image again with a current tool");
  }
  if (std::ranges::find(generic_types, type) != generic_types.end()) type.clear();
  return type;
}

Remote::Remote(Exchange& exchange, Tokens& tokens, Credentials& credentials, RemoteSettings settings)
    : settings_(std::move(settings)), session_(exchange, tokens, credentials, settings_.session) {}

void Remote::note(std::string text) { session_.exchange().statistics().notes.insert(std::move(text)); }

std::string Remote::path_of(const image::Repository& repository) const {
  return settings_.prefix.empty() ? repository.path : settings_.prefix + "/" + repository.path;
}

std::string Remote::target_of(const image::Repository& repository, std::string_view rest) const {
  std::string target = "/v2/" + path_of(repository) + "/" + std::string(rest);
  if (!settings_.ns.empty()) target += "?ns=" + base::percent_encode(settings_.ns);
  return target;
}

Question Remote::manifest_question(const image::Repository& repository, std::string_view method,
                                   std::string_view name) const {
  Question question;
  question.method = method;
  question.repository = path_of(repository);
  question.target = target_of(repository, "manifests/" + std::string(name));
  question.headers = {{"Accept", std::string(manifest_types)}};
  question.kind = RequestKind::manifest;
  question.most_body = most_manifest;
  question.deadline = settings_.request_deadline;
  question.actions = settings_.actions;
  return question;
}

std::string Remote::request_text(const Question& question) const {
  return question.method + " " + settings_.session.base.origin() + question.target;
}

Error Remote::request_error(const Question& question, const HttpAnswer& answer) const {
  Url url = settings_.session.base;
  url.target = question.target;
  std::string hint;
  if (answer.status == 403 && base::to_lower(answer.body).contains("authorization token has expired")) {
    hint = "the password of an Amazon ECR login lives 12 hours: log in again, or use docker-credential-ecr-login";
  }
  if (answer.url.same_origin(url) && answer.url.path() == url.path()) {
    if (answer.status == 403) return refusal_of(url, answer, std::move(hint));
    return answer_error(question.method, url, answer, std::move(hint));
  }
  Error error = answer_error(question.method, answer.url, answer, std::move(hint));
  error.message = request_text(question) + " was redirected, and " + error.message;
  return error;
}

bool Remote::believes_absence(const image::Repository& repository) const {
  return head_ == Head::honest || found_by_head_.contains(repository.path);
}

Task<Result<image::Resolution>> Remote::resolve(Reference reference) {
  if (head_ == Head::useless) {
    Result<image::Resolution> resolution = co_await resolve_by_get(reference);
    co_return resolution;
  }
  const Question question = manifest_question(reference.repository(), "HEAD", *reference.tag());
  Result<HttpAnswer> answer = co_await session_.ask(question);
  if (!answer) co_return std::unexpected(answer.error());
  const std::optional<Digest> digest = header_digest(*answer);
  if (answer->status == 200 && digest) {
    auto type = claimed_type(*answer);
    if (!type) co_return while_doing(request_text(question), type.error());
    found_by_head_.insert(reference.repository().path);
    co_return image::Resolution{*digest, std::move(*type), std::nullopt};
  }
  const bool absent = answer->status == 404;
  while (absent && confirming_ != nullptr && !believes_absence(reference.repository())) {
    const std::shared_ptr<Signal> signal = confirming_;
    co_await signal->wait();
  }
  if (absent && believes_absence(reference.repository())) co_return std::unexpected(request_error(question, *answer));

  // No usable digest in the header (ECR, static storage, proxies that strip it), a HEAD that is not allowed, or a 404
  // or 400 where GET may work (Nexus). A 403 to HEAD has no body; a GET brings the reason.
  const bool confirms = absent && head_ == Head::untested;
  if (confirms) confirming_ = std::make_shared<Signal>(session_.exchange().loop().ready());
  Result<image::Resolution> resolution = co_await resolve_by_get(reference);
  if (resolution && head_ != Head::useless) {
    head_ = Head::useless;
    note(name() + ": HEAD " +
         (answer->status == 200 ? "names no digest" : "is answered " + status_text(answer->status)) +
         ", so tags are asked for by GET");
  } else if (confirms && !resolution && resolution.error().kind == ErrorKind::absent && head_ == Head::untested) {
    head_ = Head::honest;
  }
  if (confirms) {
    const std::shared_ptr<Signal> signal = std::exchange(confirming_, nullptr);
    signal->happen();
  }
  co_return resolution;
}

Task<Result<image::Resolution>> Remote::resolve_by_get(Reference reference) {
  Question question = manifest_question(reference.repository(), "GET", *reference.tag());
  std::optional<VerifiedBytes> known = last_of_tag(reference);
  if (known) question.headers.push_back({"If-None-Match", "\"" + known->digest().text() + "\""});
  Result<HttpAnswer> answer = co_await session_.ask(question);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status == 304 && known) {
    ++session_.exchange().statistics().cache_hits;
    Digest unchanged = known->digest();
    co_return image::Resolution{std::move(unchanged), {}, std::move(known)};
  }
  if (answer->status != 200) co_return std::unexpected(request_error(question, *answer));
  auto type = claimed_type(*answer);
  if (!type) co_return while_doing(request_text(question), type.error());
  const std::optional<Digest> named = header_digest(*answer);
  const base::HashAlgorithm algorithm = named ? named->algorithm() : base::HashAlgorithm::sha256;
  VerifiedBytes bytes = VerifiedBytes::adopt(std::move(answer->body), algorithm);
  if (named && *named != bytes.digest()) {
    note(name() + ": the header Docker-Content-Digest of " + reference.canonical() + " says " + named->short_text() +
         ", the bytes are " + bytes.digest().short_text() + "; the bytes count");
    bytes = VerifiedBytes::adopt(bytes.bytes(), base::HashAlgorithm::sha256);
  }
  Digest digest = bytes.digest();
  co_return image::Resolution{std::move(digest), std::move(*type), std::move(bytes)};
}

// What a tag that can only be asked for by GET named the last time, when the bytes are still here. Whether it still
// does is the registry's to say (If-None-Match); where HEAD works, HEAD says it for less.
std::optional<VerifiedBytes> Remote::last_of_tag(const Reference& reference) const {
  if (settings_.cache == nullptr) return std::nullopt;
  const auto digest = settings_.cache->last_of_tag(reference);
  return digest ? settings_.cache->find(*digest, most_manifest) : std::nullopt;
}

Task<Result<image::ManifestContent>> Remote::manifest(Reference reference) {
  const Question question = manifest_question(reference.repository(), "GET", reference.digest()->text());
  Result<HttpAnswer> answer = co_await session_.ask(question);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status != 200) co_return std::unexpected(request_error(question, *answer));
  auto type = claimed_type(*answer);
  if (!type) co_return while_doing(request_text(question), type.error());
  auto bytes = VerifiedBytes::check(std::move(answer->body), *reference.digest());
  if (!bytes) co_return while_doing(request_text(question), bytes.error());
  answered_for_.insert(reference.by_digest(*reference.digest()));
  co_return image::ManifestContent{std::move(*bytes), std::move(*type)};
}

// Where the bytes of a blob go. They are hashed on the way or at the end, whatever pieces they came in.
class Remote::BlobSink {
 public:
  BlobSink() = default;
  BlobSink(const BlobSink&) = delete;
  BlobSink& operator=(const BlobSink&) = delete;
  virtual ~BlobSink() = default;
  [[nodiscard]] virtual std::uint64_t most() const = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> size() const = 0;  // where it is known
  [[nodiscard]] virtual Result<void> begin() = 0;                       // from the beginning again
  [[nodiscard]] virtual bool write(BytesView piece) = 0;
  [[nodiscard]] virtual std::uint64_t written() const = 0;
  [[nodiscard]] virtual Result<void> finish() = 0;
};

class Remote::MemorySink final : public BlobSink {
 public:
  MemorySink(Digest expected, std::size_t most) : expected_(std::move(expected)), most_(most) {}
  std::uint64_t most() const override { return most_; }
  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  Result<void> begin() override {
    bytes_.clear();
    return {};
  }
  bool write(BytesView piece) override {
    if (piece.size() > most_ - bytes_.size()) return false;
    bytes_.append(piece);
    return true;
  }
  std::uint64_t written() const override { return bytes_.size(); }
  Result<void> finish() override {
    auto checked = VerifiedBytes::check(std::move(bytes_), expected_);
    bytes_.clear();
    if (!checked) return std::unexpected(checked.error());
    verified_.emplace(std::move(*checked));
    return {};
  }
  VerifiedBytes take() { return std::move(*verified_); }

 private:
  Digest expected_;
  std::size_t most_;
  Bytes bytes_;
  std::optional<VerifiedBytes> verified_;
};

class Remote::SpoolSink final : public BlobSink {
 public:
  SpoolSink(Spool& spool, Digest expected, std::uint64_t size)
      : spool_(&spool), expected_(std::move(expected)), size_(size) {}
  std::uint64_t most() const override { return size_; }
  std::optional<std::uint64_t> size() const override { return size_; }
  Result<void> begin() override { return spool_->begin(expected_, size_); }
  bool write(BytesView piece) override { return spool_->write(piece); }
  std::uint64_t written() const override { return spool_->written(); }
  Result<void> finish() override { return spool_->finish(); }

 private:
  Spool* spool_;
  Digest expected_;
  std::uint64_t size_;
};

Task<Result<VerifiedBytes>> Remote::blob(Reference reference, std::size_t most) {
  MemorySink sink(*reference.digest(), most);
  Result<bool> read = co_await read_blob(reference, settings_.request_deadline, sink);
  if (!read) co_return std::unexpected(read.error());
  co_return sink.take();
}

Task<Result<bool>> Remote::blob_to(Reference reference, std::uint64_t size, Spool& spool) {
  SpoolSink sink(spool, *reference.digest(), size);
  const auto deadline = settings_.request_deadline + std::chrono::seconds(size / slowest_blob);
  Result<bool> read = co_await read_blob(reference, deadline, sink);
  co_return read;
}

// What broke off is asked for from there on. Where a server has no parts, or parts that do not fit together, the whole
// is asked for once more.
Task<Result<bool>> Remote::read_blob(Reference reference, std::chrono::milliseconds deadline, BlobSink& sink) {
  Question question;
  question.repository = path_of(reference.repository());
  question.target = target_of(reference.repository(), "blobs/" + reference.digest()->text());
  question.kind = RequestKind::blob;
  question.actions = settings_.actions;
  question.most_body = sink.most();
  question.deadline = deadline;
  bool in_parts = false;
  bool good = true;  // the sink could be emptied
  // A server may send the part that was asked for, or everything after all.
  question.before_sink = [&](const HttpAnswer& answer) {
    in_parts = in_parts || answer.status == 206;
    const auto part = part_begins(answer.headers.first("content-range"), sink.size());
    const bool goes_on = answer.status == 206 && sink.written() > 0 && part == sink.written();
    if (!goes_on) good = sink.begin().has_value();
  };
  question.sink = [&](BytesView piece) { return good && sink.write(piece); };
  for (bool parts = true;; parts = false) {
    auto begun = sink.begin();
    if (!begun) co_return std::unexpected(begun.error());
    in_parts = false;
    question.received = parts ? std::function([&] { return sink.written(); }) : nullptr;
    Result<HttpAnswer> answer = co_await session_.ask(question);
    if (!answer) co_return std::unexpected(answer.error());
    const bool no_parts = parts && sink.written() > 0 && answer->status >= 400 && answer->status < 500;
    if (answer->status == 200 || (in_parts && answer->status == 206)) {
      auto whole = sink.finish();
      if (whole) co_return true;
      if (!parts || !in_parts) co_return while_doing(request_text(question), whole.error());
    } else if (!no_parts) {
      co_return std::unexpected(request_error(question, *answer));
    }
  }
}

Task<Result<bool>> Remote::exists(Reference reference) {
  const std::string digest = reference.digest()->text();
  if (head_ != Head::useless) {
    const Question question = manifest_question(reference.repository(), "HEAD", digest);
    Result<HttpAnswer> answer = co_await session_.ask(question);
    if (!answer) co_return std::unexpected(answer.error());
    const std::optional<Digest> named = header_digest(*answer);
    if (answer->status == 200 && (!named || *named == *reference.digest())) {
      answered_for_.insert(reference.by_digest(*reference.digest()));
      co_return true;
    }
    if (answer->status == 403) co_return std::unexpected(request_error(question, *answer));
  }
  // "Gone" is a serious thing to say, and a HEAD may lie; so is a 200 that names another digest.
  Result<image::ManifestContent> content = co_await manifest(reference);
  if (!content) co_return std::unexpected(content.error());
  co_return true;
}

}  // namespace lock::registry
