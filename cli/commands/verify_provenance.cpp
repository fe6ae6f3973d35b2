#include "cli/commands/verify_provenance.hpp"

#include <algorithm>
#include <map>

#include "cli/commands/run.hpp"
#include "cli/report/rows.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace json = boost::json;
using Row = ops::ProvenanceRow;

void put(json::object& out, std::string_view name, const std::string& value) {
  if (!value.empty()) out[name] = value;
}

json::object to_json(const Row::Material& material) {
  json::object out;
  out["uri"] = material.uri;
  put(out, "reference", material.reference);
  put(out, "digest", material.digest);
  put(out, "locked", material.locked);
  return out;
}

json::object to_json(const Row& row) {
  json::object out;
  out["reference"] = row.reference;
  json::array platforms;
  for (const std::string& platform : row.platforms) platforms.push_back(json::string(platform));
  out["platforms"] = std::move(platforms);
  out["format"] = row.format;
  out["location"] = row.location;
  out["counts"] = row.counts;
  out["in-index"] = row.in_index;
  if (row.in_index) out["index-locked"] = row.index_is_locked;
  out["state"] = image::name_of(row.state);
  if (row.signer) out["signer"] = image::describe(*row.signer);
  put(out, "reason", row.reason);
  put(out, "version", row.version);
  put(out, "builder", row.builder);
  put(out, "build-type", row.build_type);
  put(out, "source", row.source);
  if (row.complete) out["complete"] = *row.complete;
  if (row.version.empty()) return out;
  json::array materials;
  for (const Row::Material& material : row.materials) materials.push_back(to_json(material));
  out["materials"] = std::move(materials);
  return out;
}

std::string short_digest(const std::string& digest) {
  const auto colon = digest.find(':');
  return colon == digest.npos ? digest : digest.substr(0, colon + 13);
}

std::string to_text(const Row::Material& material, const Style& style) {
  const bool image = !material.reference.empty();
  std::string name = material.uri;
  if (image) {
    name = material.reference.substr(0, material.reference.find('@'));
    if (name.starts_with("docker.io/library/")) name.erase(0, 18);
  }
  std::string out = "    " + base::harmless(name, 200);
  if (!material.digest.empty()) out += " " + base::harmless(short_digest(material.digest), 80);
  if (image) out += " " + (material.locked.empty() ? style.red("not locked") : style.green("locked"));
  return out + "\n";
}

// Without the platforms, which are the same for most builds: rows that say the same are shown once.
std::string body_of(const Row& row, const Style& style) {
  std::string out = "SLSA provenance " + row.version;
  if (row.signer) {
    out += ", signed by " + base::harmless(image::describe(*row.signer), 300);
  } else {
    out += std::string(", unsigned, part of the ") + (row.index_is_locked ? "locked " : "") + "index";
  }
  out += "\n";
  if (!row.builder.empty()) out += "    built by " + base::harmless(row.builder, 200) + "\n";
  for (const Row::Material& material : row.materials) out += to_text(material, style);
  return out;
}

}  // namespace

Result<ops::ProvenanceVerification> verify_provenance(const std::vector<std::string>& images, Session& session) {
  auto opened = open_workspace(session);
  if (!opened) return std::unexpected(opened.error());
  auto registry = session.open_registry(opened->workspace, session);
  if (!registry) return std::unexpected(registry.error());
  auto verifier = session.open_verifier(opened->workspace, session);
  if (!verifier) return std::unexpected(verifier.error());
  return ops::verify_provenance(opened->workspace, images, **registry, **verifier);
}

json::array to_json(const std::vector<Row>& rows) {
  json::array out;
  for (const Row& row : rows) out.push_back(to_json(row));
  return out;
}

std::string to_text(const std::vector<Row>& rows, const Style& style) {
  std::vector<std::pair<const Row*, std::string>> bodies;  // of rows that count, each body of an image once
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> platforms;
  for (const Row& row : rows) {
    if (!row.counts) continue;
    const std::string body = body_of(row, style);
    auto [known, fresh] = platforms.try_emplace({row.reference, body});
    if (fresh) bodies.emplace_back(&row, body);
    known->second.insert(known->second.end(), row.platforms.begin(), row.platforms.end());
  }
  std::string out;
  std::string image;
  for (const auto& [row, body] : bodies) {
    if (row->reference != image) out += base::harmless(image = row->reference, 400) + "\n";
    auto about = platforms.at({row->reference, body});
    std::ranges::sort(about);
    out += "  " + (about.empty() ? std::string() : base::join(about, ", ") + ": ") + body;
  }
  return out;
}

}  // namespace lock::cli
