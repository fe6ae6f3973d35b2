#include "cli/report/rows.hpp"

#include <algorithm>
#include <utility>

#include "lockfile/document/signer_members.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {

namespace json = boost::json;

std::string_view name_of(image::Status status) {
  switch (status) {
    case image::Status::resolved: return "resolved";
    case image::Status::unresolved: return "unresolved";
    case image::Status::ignored: return "ignored";
    case image::Status::first_party: return "first-party";
  }
  std::unreachable();
}

std::string_view name_of(image::Class occurrence_class) {
  return occurrence_class == image::Class::declared ? "declared" : "guessed";
}

std::string_view name_of(image::Kind kind) { return kind == image::Kind::image ? "image" : "artifact"; }

json::object to_json(const image::Occurrence& occurrence) {
  json::object out;
  out["reference"] = occurrence.written;
  if (occurrence.reference) out["canonical"] = occurrence.reference->canonical();
  out["file"] = occurrence.file;
  out["line"] = occurrence.position.line;
  out["column"] = occurrence.position.column;
  out["format"] = occurrence.format;
  out["path"] = occurrence.path;
  out["class"] = name_of(occurrence.occurrence_class);
  out["kind"] = name_of(occurrence.kind);
  out["status"] = name_of(occurrence.status);
  if (!occurrence.reason.empty()) out["reason"] = occurrence.reason;
  return out;
}

std::string to_text(const image::Occurrence& occurrence, const Style& style) {
  std::string out = base::harmless(occurrence.file) + ":" + std::to_string(occurrence.position.line) + ":" +
                    std::to_string(occurrence.position.column) + ": " + base::harmless(occurrence.written, 300);
  std::string remarks = occurrence.format;
  if (occurrence.occurrence_class == image::Class::guessed) remarks += ", guessed";
  if (occurrence.kind == image::Kind::artifact) remarks += ", artifact";
  out += " " + style.dim("(" + remarks + ")");
  if (occurrence.status != image::Status::resolved) out += " " + style.yellow(name_of(occurrence.status));
  if (!occurrence.reason.empty()) out += ": " + base::harmless(occurrence.reason);
  return out + "\n";
}

json::object to_json(const image::Signer& signer) {
  json::object out;
  out["kind"] = name_of(signer.kind);
  for (const document::SignerMember& row : document::signer_members()) {
    if (row.belongs_to(signer.kind)) out[row.name] = signer.*row.member;
  }
  if (signer.kind == image::Signer::Kind::cosign_key) out["log"] = signer.log;
  return out;
}

namespace {
json::array array_of(const std::vector<image::Signer>& signers) {
  json::array out;
  for (const image::Signer& signer : signers) out.push_back(to_json(signer));
  return out;
}
}  // namespace

json::object to_json(const std::vector<image::Signer>& before, const std::vector<image::Signer>& after) {
  return {{"old", array_of(before)}, {"new", array_of(after)}};
}

std::string signers_text(const std::vector<image::Signer>& before, const std::vector<image::Signer>& after,
                         std::string_view indent, const Style& style) {
  std::string out;
  const auto lines = [&](const auto& signers, const auto& others, const std::string& sign) {
    for (const image::Signer& signer : signers) {
      if (std::ranges::find(others, signer) != others.end()) continue;
      out += std::string(indent) + sign + " signed by " + base::harmless(describe(signer)) + "\n";
    }
  };
  lines(before, after, style.red("-"));
  lines(after, before, style.green("+"));
  return out;
}

json::object to_json(const document::Entry& entry) {
  json::object out;
  out["reference"] = entry.key();
  out["digest"] = entry.digest.text();
  out["media-type"] = entry.media_type;
  json::array platforms;
  for (const auto& platform : entry.platforms) platforms.push_back(json::string(platform.text()));
  out["platforms"] = std::move(platforms);
  if (!entry.signers.empty()) out["signers"] = array_of(entry.signers);
  if (entry.without_signer != document::Unsigned::undetermined) out["signatures"] = name_of(entry.without_signer);
  if (entry.origin != document::Origin::tree) out["origin"] = name_of(entry.origin);
  return out;
}

}  // namespace lock::cli
