// What a push asks for: monolithic and chunked uploads, mounts, manifests (distribution-spec v1.1, "Pushing").
#include "tests/support/registry/routes.hpp"
#include "tests/support/registry/scripted_registry.hpp"

namespace lock::test {

Answer ScriptedRegistry::upload(const Request& request, const Question& question) {
  if (question.reference.empty()) {
    return request.method == "POST" ? start_upload(request, question)
                                    : error_answer(405, "UNSUPPORTED", "uploads begin with POST");
  }
  const auto found = uploads_.find(question.reference);
  if (found == uploads_.end()) return error_answer(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
  Upload& upload = found->second;
  if (request.method == "DELETE") {
    uploads_.erase(found);
    return {.status = 204};
  }
  if (request.method == "PATCH" || request.method == "PUT") {
    const std::string range = request.header("content-range");
    if (!range.empty() && range.substr(0, range.find('-')) != std::to_string(upload.bytes.size())) {
      return error_answer(416, "BLOB_UPLOAD_INVALID", "the range does not begin where the last one ended");
    }
    upload.bytes += request.body;
    blob_bytes_received_ += request.body.size();
  }
  if (request.method == "PUT") {
    return finish_upload(upload, question.reference, parameter(request.query, "digest").value_or(""));
  }
  Answer answer{.status = request.method == "PATCH" ? 202 : 204};
  answer.set("Location", "/v2/" + upload.repository + "/blobs/uploads/" + question.reference);
  answer.set("Range", "0-" + std::to_string(upload.bytes.empty() ? 0 : upload.bytes.size() - 1));
  return answer;
}

Answer ScriptedRegistry::start_upload(const Request& request, const Question& question) {
  const std::string mount = parameter(request.query, "mount").value_or("");
  StoredRepository* from = content_.find(parameter(request.query, "from").value_or(""));
  Answer answer{.status = 201};
  if (!mount.empty() && from != nullptr && from->blobs.contains(mount)) {
    content_.add_blob(question.repository, from->blobs.at(mount), mount.substr(0, mount.find(':')));
    answer.set("Location", "/v2/" + question.repository + "/blobs/" + mount);
    answer.set("Docker-Content-Digest", mount);
    return answer;
  }
  const std::string id = "upload-" + std::to_string(next_upload_++);
  Upload& upload = uploads_[id] = {.repository = question.repository, .bytes = request.body};
  blob_bytes_received_ += request.body.size();
  if (const auto digest = parameter(request.query, "digest")) return finish_upload(upload, id, *digest);
  answer.status = 202;
  answer.set("Location", "/v2/" + question.repository + "/blobs/uploads/" + id);
  answer.set("Range", "0-0");
  return answer;
}

Answer ScriptedRegistry::finish_upload(Upload& upload, const std::string& id, const std::string& digest) {
  const std::string algorithm = digest.substr(0, digest.find(':'));
  if (digest != digest_text(upload.bytes, algorithm)) {
    uploads_.erase(id);
    return error_answer(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  }
  Answer answer{.status = 201};
  answer.set("Location", "/v2/" + upload.repository + "/blobs/" + digest);
  answer.set("Docker-Content-Digest", digest);
  content_.add_blob(upload.repository, std::move(upload.bytes), algorithm);
  uploads_.erase(id);
  return answer;
}

// As most registries do, a manifest is taken only when everything that it names is there.
Answer ScriptedRegistry::put_manifest(const Request& request, const Question& question) {
  const bool by_digest = question.reference.contains(':');
  const std::string algorithm = by_digest ? question.reference.substr(0, question.reference.find(':')) : "sha256";
  const std::string digest = digest_text(request.body, algorithm);
  if (by_digest && digest != question.reference) {
    return error_answer(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  }
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(request.body, error);
  if (error || !parsed.is_object()) return error_answer(400, "MANIFEST_INVALID", "manifest invalid");
  const StoredRepository* repository = content_.find(question.repository);
  const auto missing = [&](const boost::json::value& item, bool manifests) {
    const std::string name(item.at("digest").as_string());
    if (repository == nullptr) return true;
    return manifests ? !repository->manifests.contains(name) : !repository->blobs.contains(name);
  };
  for (const char* list : {"manifests", "layers"}) {
    const boost::json::value* items = parsed.as_object().if_contains(list);
    if (items == nullptr) continue;
    for (const boost::json::value& item : items->as_array()) {
      if (missing(item, std::string_view(list) == "manifests")) {
        return error_answer(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry");
      }
    }
  }
  content_.add_manifest(question.repository, request.body, request.header("content-type"),
                        by_digest ? "" : question.reference, {}, algorithm);
  Answer answer{.status = 201};
  answer.set("Location", "/v2/" + question.repository + "/manifests/" + digest);
  answer.set("Docker-Content-Digest", digest);
  const std::string subject = content_.find(question.repository)->manifests.at(digest).subject;
  if (personality_.referrers && !subject.empty()) answer.set("OCI-Subject", subject);
  return answer;
}

}  // namespace lock::test
