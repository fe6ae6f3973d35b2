#include "resolver/registry/push.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <system_error>
#include <utility>

#include "resolver/base/encoding.hpp"
#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"
#include "resolver/registry/cache.hpp"

namespace lock::registry {
namespace {

using image::Descriptor;
using image::Digest;
using image::Reference;
using image::Repository;
using image::VerifiedBytes;

constexpr int most_failures = 4;  // of one blob, each after the host's back-off
constexpr std::uint64_t least_chunk = std::uint64_t{1} << 20;
constexpr std::uint64_t most_chunk = std::uint64_t{1} << 30;
constexpr std::chrono::seconds patience{120};                // a registry may hash and move gigabytes before it answers
constexpr std::uint64_t slowest = std::uint64_t{64} * 1024;  // bytes a second, on the average

std::chrono::milliseconds time_for(std::uint64_t bytes) { return patience + std::chrono::seconds(bytes / slowest); }

std::string tag_or_digest(const Reference& reference) {
  return reference.tag() ? *reference.tag() : reference.digest()->text();
}

// A tag names the sha256 of a manifest at every registry that we know, so another algorithm goes by digest alone.
bool can_have_tag(const Digest& digest) { return digest.algorithm() == base::HashAlgorithm::sha256; }

}  // namespace

std::string path_of_registry(std::string_view registry) {
  std::string out;
  for (const char c : base::to_lower(registry)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (plain) {
      out += c;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (out.ends_with('_')) out.pop_back();
  return out;
}

std::map<std::string, std::string> mirror_prefixes(const RegistryConfiguration& configuration, const std::string& host,
                                                   const std::string& prefix) {
  std::map<std::string, std::string> out;
  for (const auto& [registry, settings] : configuration.registries) {
    for (const MirrorSettings& mirror : settings.mirrors) {
      const bool below = prefix.empty() || mirror.prefix == prefix || mirror.prefix.starts_with(prefix + "/");
      if (mirror.host == host && below) out.emplace(registry, mirror.prefix);
    }
  }
  return out;
}

Result<void> prepare_folders(const std::filesystem::path& cache, PushSettings& settings) {
  std::error_code error;
  settings.spool = cache.empty() ? std::filesystem::temp_directory_path(error) : cache / "spool";
  if (!cache.empty()) settings.uploads = cache / "uploads";
  if (!error) error = make_private_folder(settings.spool);
  if (!error && !cache.empty()) error = make_private_folder(settings.uploads);
  if (!error) return {};
  return fail(ErrorKind::io, "cannot make the folder " + settings.spool.string() + ": " + error.message());
}

std::optional<std::uint64_t> parse_upload_range(std::string_view text) {
  if (text.starts_with("bytes=")) text.remove_prefix(6);
  if (!text.starts_with("0-")) return std::nullopt;
  const auto last = base::parse_decimal(text.substr(2));
  if (!last || *last >= (std::uint64_t{1} << 53)) return std::nullopt;
  return *last == 0 ? 0 : *last + 1;
}

Bytes referrers_index(const std::vector<Descriptor>& referrers) {
  boost::json::array manifests;
  for (const Descriptor& referrer : referrers) {
    boost::json::object one{
        {"mediaType", referrer.media_type}, {"digest", referrer.digest.text()}, {"size", referrer.size}};
    if (!referrer.artifact_type.empty()) one["artifactType"] = referrer.artifact_type;
    if (!referrer.annotations.empty()) {
      boost::json::object annotations;
      for (const auto& [key, value] : referrer.annotations) annotations[key] = value;
      one["annotations"] = std::move(annotations);
    }
    manifests.push_back(std::move(one));
  }
  return boost::json::serialize(boost::json::object{
      {"schemaVersion", 2}, {"mediaType", image::media_type::oci_index}, {"manifests", std::move(manifests)}});
}

Push::Push(std::unique_ptr<Remote> remote, PushSettings settings)
    : remote_(std::move(remote)), settings_(std::move(settings)) {}

Repository Push::far(const Repository& repository) const {
  const auto known = settings_.prefixes.find(repository.registry);
  std::string prefix;
  if (known != settings_.prefixes.end()) {
    prefix = known->second;
  } else {
    prefix = settings_.prefix.empty() ? path_of_registry(repository.registry)
                                      : settings_.prefix + "/" + path_of_registry(repository.registry);
  }
  return {remote_->name(), prefix.empty() ? repository.path : prefix + "/" + repository.path};
}

Reference Push::far(const Reference& reference) const {
  const bool tagged = reference.tag() && can_have_tag(*reference.digest());
  return {far(reference.repository()), tagged ? reference.tag() : std::nullopt, reference.digest()};
}

std::string Push::place_of(const Repository& repository) const { return far(repository).path; }

std::string Push::name_of(const Reference& reference) const {
  const Reference there = far(reference);
  return there.tag() ? there.without_digest().canonical() : there.canonical();
}

std::string Push::name_of_registry(const std::string& registry) const {
  const std::string path = far(Repository{registry, "x"}).path;
  return path == "x" ? remote_->name() : remote_->name() + "/" + path.substr(0, path.size() - 2);
}

Question Push::question(const Repository& at, std::string method, std::string rest) const {
  Question question;
  question.method = std::move(method);
  question.repository = at.path;
  question.target = "/v2/" + at.path + "/" + std::move(rest);
  question.actions = "pull,push";
  question.kind = RequestKind::blob;
  question.deadline = time_for(0);
  question.silence = patience;
  return question;
}

Error Push::error_of(const Question& question, const HttpAnswer& answer) const {
  Url url = remote_->session().settings().base;
  url.target = question.target;
  Error error = answer_error(question.method, url, answer);
  if (answer.status == 404) {
    // Nothing was asked for that could be absent but the repository itself.
    error.kind = ErrorKind::refused;
    error.hint = "some registries want " + url.authority() + "/" + question.repository + " to be created first";
  } else if (answer.status == 401 || answer.status == 403) {
    error.hint = "pushing needs write access: " + login_hint(remote_->name());
  }
  return error;
}

Task<Result<bool>> Push::has_blob(Repository repository, Descriptor blob) {
  Question question = this->question(far(repository), "HEAD", "blobs/" + blob.digest.text());
  question.within_api = true;
  Result<HttpAnswer> answer = co_await remote_->session().ask(question);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status == 404) co_return false;
  if (is_redirect(answer->status)) co_return true;  // to where it lies
  if (answer->status != 200) co_return std::unexpected(error_of(question, *answer));
  const auto length = base::parse_decimal(answer->headers.first("content-length"));
  co_return !length || *length == blob.size;
}

Result<Url> Push::location_of(const Url& asked, const HttpAnswer& answer) const {
  const std::string doing = "the upload to " + asked.redacted();
  const Url& base = remote_->session().settings().base;
  const std::string_view location = answer.headers.first("location");
  if (location.empty()) return fail(ErrorKind::malformed, doing + " was accepted without saying where it goes on");
  auto url = asked.resolve(location);
  if (!url) return fail(ErrorKind::malformed, doing + " goes on at something that is no http or https URL");
  if (has_dot_segments(url->path())) return fail(ErrorKind::refused, doing + " goes on at a path with dot segments");
  if (base.scheme == "https" && url->scheme == "http") {
    // Registries behind a proxy that ends TLS often do not know that they are spoken to by https.
    if (url->host != base.host) return fail(ErrorKind::refused, doing + " goes on from https to plain http");
    url->scheme = base.scheme;
    url->port = base.port;
  }
  return url;
}

Task<Result<HttpAnswer>> Push::ask_upload(Repository at, std::string method, Url where, std::vector<Header> headers,
                                          FileBody body) {
  Question question = this->question(at, std::move(method), "");
  question.target = where.target;
  question.headers = std::move(headers);
  question.deadline = time_for(body.size);
  question.repeatable = body.file == nullptr;
  question.file_body = std::move(body);
  if (where.same_origin(remote_->session().settings().base)) {
    Result<HttpAnswer> answer = co_await remote_->session().ask(std::move(question));
    co_return answer;
  }
  Result<HttpAnswer> answer = co_await remote_->session().ask_elsewhere(std::move(question), std::move(where));
  co_return answer;
}

std::filesystem::path Push::record_path(const Repository& at, const Digest& digest) const {
  const std::string name = at.name() + "@" + digest.text();
  return settings_.uploads / base::to_hex(base::hash(base::HashAlgorithm::sha256, name));
}

void Push::remember(const Repository& at, const Digest& digest, const Upload& upload) const {
  const bool own = upload.location.same_origin(remote_->session().settings().base);
  if (settings_.uploads.empty() || !own) return;
  static_cast<void>(keep_file(record_path(at, digest), upload.location.target + "\n"));
}

// A later run may ask for the blob in another repository before it learns that this one has it. A wrong hint costs
// nothing: the registry then opens an upload instead of mounting.
void Push::remember_holder(const Repository& at, const Digest& digest) const {
  if (settings_.uploads.empty()) return;
  static_cast<void>(keep_file(record_path({at.registry, ""}, digest), at.path + "\n"));
}

std::optional<Repository> Push::holder_of(const Repository& at, const Digest& digest) const {
  if (settings_.uploads.empty()) return std::nullopt;
  auto record = base::read_file(record_path({at.registry, ""}, digest), 1024);
  if (!record) return std::nullopt;
  auto reference = Reference::parse(at.registry + "/" + std::string(base::trim(*record)) + ":x");
  if (!reference || reference->repository().registry != at.registry || reference->repository() == at) {
    return std::nullopt;
  }
  return reference->repository();
}

void Push::forget(const Repository& at, const Digest& digest) const {
  if (settings_.uploads.empty()) return;
  std::error_code error;
  std::filesystem::remove(record_path(at, digest), error);
}

// What an earlier run left open, if the registry still has it. The record lies in the cache's folder, which others may
// write to: it may name an upload to this repository and nothing else.
Task<std::optional<Push::Upload>> Push::resume(Repository at, Digest digest) {
  if (settings_.uploads.empty()) co_return std::nullopt;
  auto record = base::read_file(record_path(at, digest), std::size_t{16} * 1024);
  if (!record) co_return std::nullopt;
  const Url& base = remote_->session().settings().base;
  auto url = Url::parse(base.origin() + std::string(base::trim(*record)));
  const std::string folder = "/v2/" + at.path + "/blobs/uploads/";
  if (!url || !url->same_origin(base) || !url->path().starts_with(folder) || has_dot_segments(url->path())) {
    co_return std::nullopt;
  }
  std::optional<Upload> upload = co_await status_of(at, std::move(*url), settings_.chunk);
  co_return upload;
}

Task<std::optional<Push::Upload>> Push::status_of(Repository at, Url location, std::uint64_t chunk) {
  Result<HttpAnswer> answer = co_await ask_upload(at, "GET", location, std::vector<Header>(), FileBody());
  if (!answer || answer->status < 200 || answer->status > 204) co_return std::nullopt;
  const auto offset = parse_upload_range(answer->headers.first("range"));
  if (!offset) co_return std::nullopt;
  Upload upload{location, *offset, chunk};
  if (answer->headers.has("location")) {
    auto next = location_of(location, *answer);
    if (!next) co_return std::nullopt;
    upload.location = std::move(*next);
  }
  co_return upload;
}

// Nothing: the blob was mounted and is there.
Task<Result<std::optional<Push::Upload>>> Push::open_upload(Repository at, Digest digest,
                                                            std::optional<Repository> from) {
  std::string rest = "blobs/uploads/";
  if (from) {
    rest += "?mount=" + base::percent_encode(digest.text()) + "&from=" + base::percent_encode(from->path);
  }
  Question question = this->question(at, "POST", rest);
  if (from) question.more_scopes.push_back("repository:" + from->path + ":pull");
  question.repeatable = true;
  Result<HttpAnswer> answer = co_await remote_->session().ask(question);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status == 201 && from) co_return std::optional<Upload>();
  if (answer->status != 202) co_return std::unexpected(error_of(question, *answer));
  Url asked = remote_->session().settings().base;
  asked.target = question.target;
  auto location = location_of(asked, *answer);
  if (!location) co_return std::unexpected(location.error());
  const auto least = base::parse_decimal(answer->headers.first("oci-chunk-min-length")).value_or(0);
  Upload upload{std::move(*location), 0, std::max(settings_.chunk, std::min(least, most_chunk))};
  co_return std::optional<Upload>(std::move(upload));
}

Task<Result<bool>> Push::send(Repository at, Digest digest, const Spool& spool, Upload upload) {
  const std::uint64_t total = spool.size();
  for (int failures = 0;;) {
    if (upload.offset > total)
      co_return fail(ErrorKind::unreachable, "the registry has more of the upload than there is");
    const std::uint64_t left = total - upload.offset;
    const bool last = left <= upload.chunk;
    const FileBody body{spool.file(), upload.offset, last ? left : upload.chunk};
    std::vector<Header> headers{{"Content-Type", "application/octet-stream"}};
    if (body.size != 0 && body.size != total) {
      headers.push_back(
          {"Content-Range", std::to_string(body.offset) + "-" + std::to_string(body.offset + body.size - 1)});
    }
    Url where = upload.location;
    if (last)
      where.target += (where.target.contains('?') ? "&digest=" : "?digest=") + base::percent_encode(digest.text());
    Result<HttpAnswer> answer = co_await ask_upload(at, last ? "PUT" : "PATCH", where, std::move(headers), body);
    if (answer && last && answer->status == 201) co_return true;
    if (answer && !last && answer->status == 202) {
      auto next = location_of(upload.location, *answer);
      if (!next) co_return std::unexpected(next.error());
      upload.location = std::move(*next);
      upload.offset = parse_upload_range(answer->headers.first("range")).value_or(body.offset + body.size);
      remember(at, digest, upload);
      continue;
    }
    Error error = answer ? answer_error(last ? "PUT" : "PATCH", where, *answer) : answer.error();
    const bool too_large = answer && answer->status == 413 && upload.chunk / 2 >= least_chunk && left > least_chunk;
    const bool again = !answer ? answer.error().kind == ErrorKind::unreachable : too_large || answer->status == 416;
    if (!again || ++failures > most_failures) co_return std::unexpected(std::move(error));
    // How much arrived is the registry's to say.
    std::optional<Upload> now = co_await status_of(at, upload.location, too_large ? upload.chunk / 2 : upload.chunk);
    if (!now) co_return fail(ErrorKind::unreachable, base::describe(error) + "; the upload cannot be taken up again");
    upload = std::move(*now);
    failures += upload.offset == body.offset ? 0 : -failures;
  }
}

Task<Result<Destination::BlobPut>> Push::put_blob(Repository repository, Descriptor blob,
                                                  std::vector<Repository> elsewhere, Fetch fetch) {
  const Repository at = far(repository);
  std::optional<Upload> upload = co_await resume(at, blob.digest);
  if (!upload) {
    std::optional<Repository> from;
    if (elsewhere.empty()) from = holder_of(at, blob.digest);
    if (!elsewhere.empty()) from = far(elsewhere.front());
    Result<std::optional<Upload>> opened = co_await open_upload(at, blob.digest, from);
    if (!opened) co_return std::unexpected(opened.error());
    if (!*opened) co_return BlobPut::mounted;
    remember_holder(at, blob.digest);
    upload = std::move(*opened);
  }
  auto spool = Spool::nameless(settings_.spool);
  if (!spool) co_return std::unexpected(spool.error());
  Result<bool> fetched = co_await fetch(*spool);
  if (!fetched) co_return std::unexpected(fetched.error());
  for (int failures = 1;; ++failures) {
    if (upload) {
      remember(at, blob.digest, *upload);
      Result<bool> sent = co_await send(at, blob.digest, *spool, std::move(*upload));
      if (sent || sent.error().kind != ErrorKind::unreachable || failures >= most_failures) {
        if (sent || sent.error().kind != ErrorKind::unreachable) forget(at, blob.digest);
        if (!sent) co_return while_doing("sending blob " + blob.digest.text() + " to " + at.name(), sent.error());
        co_return BlobPut::sent;
      }
      forget(at, blob.digest);
    }
    // The upload was lost. Perhaps only its last answer was.
    Result<bool> there = co_await has_blob(repository, blob);
    if (!there) co_return std::unexpected(there.error());
    if (*there) co_return BlobPut::sent;
    Result<std::optional<Upload>> opened = co_await open_upload(at, blob.digest, std::optional<Repository>());
    if (!opened) co_return std::unexpected(opened.error());
    upload = std::move(*opened);
  }
}

Task<Result<bool>> Push::has_manifest(Reference reference) {
  const Reference there = far(reference);
  Question question = this->question(there.repository(), "HEAD", "manifests/" + tag_or_digest(there));
  question.headers = {{"Accept", std::string(manifest_types)}};
  question.kind = RequestKind::manifest;
  Result<HttpAnswer> answer = co_await remote_->session().ask(question);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status == 401 || answer->status == 403) co_return std::unexpected(error_of(question, *answer));
  if (answer->status != 200) co_return false;  // whatever it means, the PUT will tell
  const std::string_view named = answer->headers.first("docker-content-digest");
  co_return named == there.digest()->text() || (named.empty() && !there.tag());
}

Task<Result<bool>> Push::put_manifest(Reference reference, VerifiedBytes bytes, std::string media_type) {
  const Reference there = far(reference);
  Question question = this->question(there.repository(), "PUT", "manifests/" + tag_or_digest(there));
  question.headers = {{"Content-Type", std::move(media_type)}};
  question.kind = RequestKind::manifest;
  question.body = bytes.bytes();
  Result<HttpAnswer> answer = co_await remote_->session().ask(question);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status != 201) co_return std::unexpected(error_of(question, *answer));
  const std::string named(answer->headers.first("docker-content-digest"));
  if (!named.empty() && named != there.digest()->text()) {
    co_return fail(ErrorKind::mismatch, name_of(reference) + " was pushed as " + there.digest()->text() +
                                            ", and the registry calls it " + base::harmless(named, 160));
  }
  co_return true;
}

Task<Result<bool>> Push::check_manifest(Reference reference) {
  const Reference there = far(reference);
  Result<image::ManifestContent> content = co_await remote_->manifest(there.by_digest(*there.digest()));
  if (!content) co_return while_doing("reading back what was pushed", content.error());
  co_return true;
}

Task<Result<bool>> Push::link_referrers(Reference subject, std::vector<Descriptor> referrers) {
  const Reference there = far(subject).by_digest(*subject.digest());
  for (const bool second : {false, true}) {
    Result<image::Referrers> listed = co_await remote_->referrers(there);
    if (!listed) co_return while_doing("reading back what refers to " + there.canonical(), listed.error());
    std::vector<Descriptor> all = std::move(listed->manifests);
    const std::size_t before = all.size();
    for (const Descriptor& referrer : referrers) {
      const bool known = std::ranges::find(all, referrer.digest, &Descriptor::digest) != all.end();
      if (!known) all.push_back(referrer);
    }
    if (all.size() == before) co_return true;
    if (second) {
      co_return fail(ErrorKind::absent, there.canonical() + ": the registry does not list what was pushed for it");
    }
    // No referrers API there, so clients keep the list themselves (distribution-spec, "Pushing Manifests with
    // Subject").
    Question question = this->question(there.repository(), "PUT", "manifests/" + fallback_tag(*there.digest()));
    question.headers = {{"Content-Type", std::string(image::media_type::oci_index)}};
    question.kind = RequestKind::manifest;
    question.body = referrers_index(all);
    Result<HttpAnswer> answer = co_await remote_->session().ask(question);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->status != 201) co_return std::unexpected(error_of(question, *answer));
  }
  co_return true;
}

Task<Result<bool>> Push::check_tag(Reference reference) {
  if (!far(reference).tag()) co_return true;
  Result<bool> there = co_await has_manifest(reference);
  if (!there) co_return std::unexpected(there.error());
  if (*there) co_return true;
  // Without a digest in the header only the bytes tell.
  const Reference tag = far(reference);
  Result<image::Resolution> resolution = co_await remote_->resolve(tag.without_digest());
  if (!resolution) co_return while_doing("reading back what was pushed", resolution.error());
  if (resolution->digest == *tag.digest()) co_return true;
  co_return fail(ErrorKind::mismatch, name_of(reference) + " names " + resolution->digest.text() + " and not " +
                                          tag.digest()->text() + ", which was pushed under it");
}

}  // namespace lock::registry
