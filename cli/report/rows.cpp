#include "cli/report/rows.hpp"

#include <utility>

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

json::object to_json(const document::Entry& entry) {
  json::object out;
  out["reference"] = entry.key();
  out["digest"] = entry.digest.text();
  out["media-type"] = entry.media_type;
  json::array platforms;
  for (const auto& platform : entry.platforms) platforms.push_back(json::string(platform.text()));
  out["platforms"] = std::move(platforms);
  return out;
}

}  // namespace lock::cli
