// Remote::referrers: who names a subject, in three values. Found, proven absent, or an Error for everything that is
// neither (registries.md section 0, decision 7); what one place has counts even when the other cannot be read. The
// referrers API, the fallback tag and the subject itself are asked at the same time with the same token; both lists are
// joined, so that a signature pushed before the registry learnt the API is still seen.
//
// image-spec and distribution-spec v1.1, "Listing Referrers" and "Referrers Tag Schema".
#include <set>

#include "resolver/base/text.hpp"
#include "resolver/registry/remote.hpp"

namespace lock::registry {
namespace {

using image::Descriptor;
using image::Reference;
using image::VerifiedBytes;

constexpr int most_pages = 32;
constexpr std::size_t most_referrers = 4'096;

// Statuses with which registries say that they have no referrers API: 404 by the specification; 400 Quay, 405 proxies
// that allow only what they know, 406 and redirects to web pages GHCR and others (go-containerregistry#1962).
bool means_no_api(int status) {
  return status == 404 || status == 400 || status == 405 || status == 406 || status == 501 || is_redirect(status);
}

void add_unique(std::vector<Descriptor>& all, std::vector<Descriptor> more, const image::Digest& subject) {
  std::set<image::Digest> seen;
  for (const Descriptor& descriptor : all) seen.insert(descriptor.digest);
  for (Descriptor& descriptor : more) {
    if (descriptor.digest != subject && seen.insert(descriptor.digest).second) all.push_back(std::move(descriptor));
  }
}

}  // namespace

std::string fallback_tag(const image::Digest& subject) {
  return std::string(subject.algorithm_name()) + "-" + std::string(subject.hex().substr(0, 64));
}

Task<Result<image::Referrers>> Remote::referrers(Reference subject) {
  Task<Result<bool>> existence = answered(subject);
  Task<Result<image::Referrers>> api = referrers_of_api(subject);
  Task<Result<image::Referrers>> tag = referrers_of_tag(subject);
  existence.start();
  api.start();
  tag.start();
  Result<bool> exists_there = co_await existence;
  Result<image::Referrers> from_api = co_await api;
  Result<image::Referrers> from_tag = co_await tag;
  if (!exists_there) co_return std::unexpected(exists_there.error());
  image::Referrers all;
  for (Result<image::Referrers>* place : {&from_api, &from_tag}) {
    if (*place) add_unique(all.manifests, std::move((*place)->manifests), *subject.digest());
    if (!*place && !all.unread) all.unread = place->error();
  }
  if (all.unread && all.manifests.empty()) co_return std::unexpected(*all.unread);
  all.proven_absent = all.manifests.empty();
  co_return all;
}

Task<Result<bool>> Remote::answered(Reference subject) {
  if (answered_for_.contains(subject.by_digest(*subject.digest()))) co_return true;
  co_return co_await exists(subject);
}

// The index under a referrers tag changes with every signature; between them it is the one that was fetched before.
Task<Result<image::ManifestContent>> Remote::kept_manifest(Reference reference) {
  if (settings_.cache != nullptr) {
    if (auto known = settings_.cache->find(*reference.digest(), most_manifest)) {
      ++session_.exchange().statistics().cache_hits;
      co_return image::ManifestContent{std::move(*known), {}};
    }
  }
  Result<image::ManifestContent> content = co_await manifest(reference);
  if (content && settings_.cache != nullptr) settings_.cache->keep(content->bytes);
  co_return content;
}

Task<Result<image::Referrers>> Remote::referrers_of_api(Reference subject) {
  image::Referrers found;
  Question question;
  question.repository = path_of(subject.repository());
  question.target = target_of(subject.repository(), "referrers/" + subject.digest()->text());
  question.headers = {{"Accept", std::string(image::media_type::oci_index)}};
  question.kind = RequestKind::referrers;
  question.most_body = most_manifest;
  question.deadline = settings_.request_deadline;
  question.within_api = true;
  question.actions = settings_.actions;
  const std::string api_path = "/v2/" + path_of(subject.repository()) + "/referrers/";
  std::set<std::string> asked;
  for (int page = 0; page < most_pages; ++page) {
    asked.insert(question.target);
    Result<HttpAnswer> answer = co_await session_.ask(question);
    if (!answer) co_return std::unexpected(answer.error());
    const bool first = page == 0;
    if (first && means_no_api(answer->status)) co_return found;
    if (answer->status != 200) co_return std::unexpected(request_error(question, *answer));
    // A 200 that is no OCI index comes from registries that take the path for something else (sigstore-js#1187).
    if (media_type_of(answer->headers.first("content-type")) != image::media_type::oci_index) {
      if (first) co_return found;
      co_return fail(ErrorKind::malformed, request_text(question) + ": a later page is not an OCI index");
    }
    const std::optional<std::string> link = next_link(answer->headers.all("link"));
    const VerifiedBytes bytes = VerifiedBytes::adopt(std::move(answer->body), base::HashAlgorithm::sha256);
    auto index = image::parse_manifest(bytes, image::media_type::oci_index);
    if (!index) co_return while_doing(request_text(question), index.error());
    add_unique(found.manifests, std::move(index->manifests), *subject.digest());
    if (found.manifests.size() > most_referrers) {
      co_return fail(ErrorKind::limit,
                     request_text(question) + ": more than " + std::to_string(most_referrers) + " referrers");
    }
    if (!link) co_return found;
    Url here = settings_.session.base;
    here.target = question.target;
    auto next = here.resolve(*link);
    const bool acceptable =
        next && next->same_origin(here) && next->path().starts_with(api_path) && !has_dot_segments(next->path());
    if (!acceptable) {
      co_return fail(ErrorKind::refused, request_text(question) + ": the next page lies elsewhere (" +
                                             base::harmless(*link, 120) + ") and is not asked for");
    }
    if (asked.contains(next->target)) {
      co_return fail(ErrorKind::malformed, request_text(question) + ": the pages lead back to an earlier one");
    }
    question.target = next->target;
  }
  co_return fail(ErrorKind::limit, request_text(question) + ": more than " + std::to_string(most_pages) + " pages");
}

Task<Result<image::Referrers>> Remote::referrers_of_tag(Reference subject) {
  image::Referrers found;
  const Reference tag(subject.repository(), fallback_tag(*subject.digest()), std::nullopt);
  Result<image::Resolution> resolution = co_await resolve(tag);
  if (!resolution) {
    if (resolution.error().kind == ErrorKind::absent) co_return found;
    co_return std::unexpected(resolution.error());
  }
  if (resolution->digest == *subject.digest()) {
    // GitLab resolves the tag `sha256-<hex>` as the digest and returns the subject itself (oras-go#1396).
    note(name() + ": takes the referrers tag for the digest, so it is read as absent");
    co_return found;
  }
  std::optional<VerifiedBytes> bytes = resolution->content;
  std::string type = resolution->media_type;
  if (!bytes) {
    Result<image::ManifestContent> content = co_await kept_manifest(tag.by_digest(resolution->digest));
    if (!content) co_return std::unexpected(content.error());
    bytes = content->bytes;
    type = content->served_type;
  }
  auto index = image::parse_manifest(*bytes, type);
  if (!index) co_return while_doing("reading the referrers tag " + tag.canonical(), index.error());
  if (index->kind != image::Manifest::Kind::index) {
    co_return fail(ErrorKind::malformed,
                   "the referrers tag " + tag.canonical() + " names an image instead of an index");
  }
  add_unique(found.manifests, std::move(index->manifests), *subject.digest());
  co_return found;
}

}  // namespace lock::registry
