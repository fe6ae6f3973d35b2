// What a pull asks for: manifests, blobs, tags, referrers (distribution-spec v1.1).
#include <algorithm>

#include "resolver/base/encoding.hpp"
#include "resolver/base/text.hpp"
#include "resolver/image/manifest.hpp"
#include "tests/support/registry/routes.hpp"
#include "tests/support/registry/scripted_registry.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;

// As docker-registry 2.8.2 answers a client that does not list the type of schema 2: a signed schema 1 manifest, whose
// own digest is another than that of the header.
Answer as_schema1(const StoredManifest& stored, const std::string& digest, const Question& question) {
  const json::object old{{"schemaVersion", 1},
                         {"name", question.repository},
                         {"tag", question.reference},
                         {"architecture", "amd64"},
                         {"fsLayers", json::array{json::object{{"blobSum", digest_text(stored.bytes)}}}},
                         {"history", json::array{json::object{{"v1Compatibility", "{}"}}}},
                         {"signatures", json::array{}}};
  Answer answer{.body = json::serialize(old)};
  answer.set("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws");
  answer.set("Docker-Content-Digest", digest);
  return answer;
}

// `Range: bytes=N-` (RFC 9110 section 14.2), the only form that a client of this registry has a use for.
void cut_to_range(std::string_view range, Answer& answer) {
  constexpr std::string_view unit = "bytes=";
  if (!range.starts_with(unit) || !range.ends_with('-')) return;
  const auto from = base::parse_decimal(range.substr(unit.size(), range.size() - unit.size() - 1));
  const std::size_t size = answer.body.size();
  if (!from) return;
  if (*from >= size) {
    answer = error_answer(416, "RANGE_INVALID", "no such part");
    return;
  }
  answer.status = 206;
  answer.body.erase(0, *from);
  answer.set("Content-Range",
             "bytes " + std::to_string(*from) + "-" + std::to_string(size - 1) + "/" + std::to_string(size));
}

}  // namespace

Answer ScriptedRegistry::serve(const Request& request, Question& question) {
  Answer answer;
  if (question.kind == "manifest")
    answer = manifest(request, question);
  else if (question.kind == "blob")
    answer = blob(request, question, false);
  else if (question.kind == "referrers")
    answer = referrers(request, question);
  else if (question.kind == "tags")
    answer = tags(request, question);
  else if (question.kind == "upload")
    answer = upload(request, question);
  count_quota(request, question, answer);
  return answer;
}

// Docker Hub counts manifest GETs, not HEADs, and shows what is left with both.
void ScriptedRegistry::count_quota(const Request& request, const Question& question, Answer& answer) {
  Quota& quota = personality_.quota;
  if (quota.limit == 0 || question.kind != "manifest" || answer.status >= 300) return;
  if (request.method == "GET") {
    if (quota.remaining == 0) {
      answer = error_answer(
          429, "TOOMANYREQUESTS",
          "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit");
    } else {
      --quota.remaining;
    }
  }
  answer.set("RateLimit-Limit", std::to_string(quota.limit) + ";w=" + quota.window);
  answer.set("RateLimit-Remaining", std::to_string(quota.remaining) + ";w=" + quota.window);
  answer.set("Docker-RateLimit-Source", "192.0.2.1");
}

Answer ScriptedRegistry::manifest(const Request& request, const Question& question) {
  if (request.method == "PUT") return put_manifest(request, question);
  StoredRepository& repository = *content_.find(question.repository);
  if (request.method == "DELETE") {
    content_.remove(question.repository, question.reference);
    return {.status = 202};
  }
  std::string digest = question.reference;
  if (!digest.contains(':')) {
    std::string as_digest = digest;
    if (const std::size_t dash = as_digest.find('-'); dash != std::string::npos) as_digest[dash] = ':';
    const auto tag = repository.tags.find(digest);
    if (tag != repository.tags.end())
      digest = tag->second;
    else if (personality_.dash_tag_is_digest && repository.manifests.contains(as_digest))
      digest = as_digest;
  }
  const auto found = repository.manifests.find(digest);
  if (found == repository.manifests.end()) return error_answer(404, "MANIFEST_UNKNOWN", "manifest unknown");
  const StoredManifest& stored = found->second;
  const bool listed = question.accept.contains(stored.media_type);
  if (!listed && personality_.accept == "strict") {
    return error_answer(404, "MANIFEST_UNKNOWN", "OCI index found, but Accept header does not support OCI indexes");
  }
  if (!listed && personality_.accept == "v1") return as_schema1(stored, digest, question);
  Answer answer;
  if (request.header("if-none-match") == "\"" + digest + "\"") {
    answer.status = 304;
  } else {
    answer.body = stored.bytes;
    answer.set("Content-Type", stored.media_type);
  }
  answer.set("Docker-Content-Digest", digest);
  answer.set("ETag", "\"" + digest + "\"");
  return answer;
}

Answer ScriptedRegistry::blob(const Request& request, const Question& question, bool storage) {
  StoredRepository* repository = content_.find(question.repository);
  const auto found =
      repository == nullptr ? std::map<std::string, Bytes>::iterator{} : repository->blobs.find(question.reference);
  if (repository == nullptr || found == repository->blobs.end()) {
    return error_answer(404, "BLOB_UNKNOWN", "blob unknown to registry");
  }
  if (request.method == "DELETE") {
    repository->blobs.erase(found);
    return {.status = 202};
  }
  Answer answer{.body = found->second};
  answer.set("Content-Type", "application/octet-stream");
  if (!storage) answer.set("Docker-Content-Digest", question.reference);
  if (personality_.ranges) cut_to_range(request.header("range"), answer);
  return answer;
}

Answer ScriptedRegistry::referrers(const Request&, const Question& question) {
  if (!personality_.referrers) return error_answer(404, "NOT_FOUND", "no such route");
  const std::string wanted = parameter(question.query, "artifactType").value_or("");
  const bool filter = personality_.referrers_filter && !wanted.empty();
  json::array entries;
  for (const auto& [digest, stored] : content_.find(question.repository)->manifests) {
    if (stored.subject != question.reference || (filter && stored.artifact_type != wanted)) continue;
    json::object entry{{"mediaType", stored.media_type},
                       {"digest", digest},
                       {"size", stored.bytes.size()},
                       {"artifactType", stored.artifact_type}};
    if (!stored.annotations.empty()) entry["annotations"] = stored.annotations;
    entries.push_back(entry);
  }
  Answer answer;
  if (personality_.page > 0) {
    const auto start =
        static_cast<std::size_t>(base::parse_decimal(parameter(question.query, "from").value_or("0")).value_or(0));
    json::array page;
    for (std::size_t i = start; i < entries.size() && page.size() < personality_.page; ++i) page.push_back(entries[i]);
    if (start + page.size() < entries.size()) {
      answer.set("Link", "<" + question.path + "?from=" + std::to_string(start + page.size()) + ">; rel=\"next\"");
    }
    entries = page;
  }
  if (filter) answer.set("OCI-Filters-Applied", "artifactType");
  answer.body = json::serialize(
      json::object{{"schemaVersion", 2}, {"mediaType", image::media_type::oci_index}, {"manifests", entries}});
  answer.set("Content-Type", std::string(image::media_type::oci_index));
  return answer;
}

Answer ScriptedRegistry::tags(const Request&, const Question& question) {
  const std::string last = parameter(question.query, "last").value_or("");
  const std::size_t asked =
      static_cast<std::size_t>(base::parse_decimal(parameter(question.query, "n").value_or("")).value_or(SIZE_MAX));
  const std::size_t most = std::min(asked, personality_.page > 0 ? personality_.page : SIZE_MAX);
  json::array names;
  Answer answer;
  for (const auto& [tag, digest] : content_.find(question.repository)->tags) {
    if (tag <= last) continue;
    if (names.size() == most) {
      answer.set("Link", "<" + question.path + "?last=" + base::percent_encode(std::string(names.back().as_string())) +
                             "&n=" + std::to_string(most) + ">; rel=\"next\"");
      break;
    }
    names.emplace_back(tag);
  }
  answer.body = json::serialize(json::object{{"name", question.repository}, {"tags", names}});
  answer.set("Content-Type", "application/json");
  return answer;
}

}  // namespace lock::test
