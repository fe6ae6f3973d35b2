#include "lockfile/ops/mirror.hpp"

#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;

void declare(options::options_description& description) {
  description.add_options()("destination", options::value<std::string>()->value_name("DEST"),
                            "a folder, or HOST/PREFIX of a registry");
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1024) return base::count_of(bytes, "byte");
  static constexpr const char* units[] = {"KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  std::uint64_t tenths = bytes * 10 / 1024;
  while (tenths >= 10'240 && unit < 3) {
    tenths /= 1024;
    ++unit;
  }
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + units[unit];
}

std::string summary(const ops::MirrorResult& result) {
  const image::CopyCounts& counts = result.counts;
  std::size_t copied = 0;
  for (const auto& image : result.images) copied += image.copy.empty() ? 0U : 1U;
  std::string out = std::to_string(copied) + " of " + base::count_of(result.images.size(), "image") +
                    " at the destination: " + base::count_of(counts.manifests, "manifest") + " and " +
                    base::count_of(counts.blobs, "blob") + " sent (" + size_text(counts.bytes) + ")";
  if (counts.blobs_mounted != 0) out += ", " + base::count_of(counts.blobs_mounted, "blob") + " mounted";
  const std::size_t before = counts.manifests_there + counts.blobs_there;
  if (before != 0) out += ", " + std::to_string(before) + " there before";
  return out + "\n";
}

std::string to_text(const ops::MirroredImage& image, const Style& style) {
  if (image.copy.empty()) return {};
  std::string out =
      base::harmless(image.reference, 300) + "\n  " + style.green("at") + " " + base::harmless(image.copy, 400) + "\n";
  if (image.attached != 0) {
    out += "  with " + base::count_of(image.attached, "signature or attestation", "signatures and attestations") + "\n";
  }
  return out;
}

std::string row_text(const ops::MirrorRow& row) {
  std::string out = "\n[registry.\"" + row.registry + "\"]\n";
  return out +
         (row.layout.empty() ? "mirrors = [{ host = \"" + row.host + "\" }]\n" : "layout = \"" + row.layout + "\"\n");
}

boost::json::object to_json(const image::CopyCounts& counts) {
  return {
      {"manifests", counts.manifests},         {"manifests-there", counts.manifests_there}, {"blobs", counts.blobs},
      {"blobs-mounted", counts.blobs_mounted}, {"blobs-there", counts.blobs_there},         {"bytes", counts.bytes}};
}

boost::json::object document_of(const ops::MirrorResult& result, const std::string& destination, int status) {
  boost::json::array images;
  for (const auto& image : result.images) {
    images.push_back(boost::json::object{{"reference", image.reference},
                                         {"digest", image.digest},
                                         {"copy", image.copy},
                                         {"attached", image.attached},
                                         {"lock", image.lock_file}});
  }
  boost::json::array rows;
  for (const auto& row : result.rows) {
    boost::json::object one{{"registry", row.registry}};
    one[row.layout.empty() ? "host" : "layout"] = row.layout.empty() ? row.host : row.layout;
    rows.push_back(std::move(one));
  }
  return {{"schema", 1},
          {"status", status_name(status)},
          {"destination", destination},
          {"copied", to_json(result.counts)},
          {"images", std::move(images)},
          {"settings", std::move(rows)},
          {"findings", cli::to_json(result.findings)},
          {"undetermined", cli::to_json(result.undetermined)}};
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  if (!values.contains("destination")) {
    return fail(ErrorKind::usage, "no destination", "name a folder, or HOST/PREFIX of a registry: `lock mirror DEST`");
  }
  const auto text = values["destination"].as<std::string>();
  auto destination = ops::read_destination(text, session.global.directory);
  if (!destination) return std::unexpected(destination.error());
  auto opened = open_workspace(session);
  if (!opened) return std::unexpected(opened.error());
  auto copier = session.open_copier(opened->workspace, session, *destination);
  if (!copier) return std::unexpected(copier.error());
  auto result = ops::mirror(opened->workspace, *destination, **copier);
  if (!result) return std::unexpected(result.error());
  Outcome outcome;
  Report& report = outcome.report;
  report.findings = result->findings;
  report.undetermined = result->undetermined;
  outcome.status = exit_status(report);
  report.document = document_of(*result, text, outcome.status);
  report.text = [shown = *result, all = session.global.verbose](const Style& style) {
    std::string out;
    for (const auto& image : shown.images) out += to_text(image, style);
    Report rest;
    rest.findings = shown.findings;
    rest.undetermined = shown.undetermined;
    out += findings_text(rest, style, all);
    if (!shown.rows.empty()) out += "\nFor images.toml, so that the copies are found:\n";
    for (const auto& row : shown.rows) out += row_text(row);
    return out;
  };
  if (!session.global.quiet) session.streams.err(summary(*result));
  return outcome;
}

}  // namespace

const Command mirror_command = {
    .name = "mirror",
    .arguments = "DEST",
    .summary = "copy what is locked to a registry or a folder",
    .details =
        "Copies every locked image with all its platforms, signatures and attestations to DEST, digests kept: a\n"
        "folder (an OCI image layout, as in `lock mirror ./backup`), or HOST/PREFIX of a registry. What is there\n"
        "already is not sent again, and a run that was stopped goes on where it was. Everything is read back\n"
        "before an image counts.\n"
        "With the copies named in images.toml, `lock verify` answers from them when the registry is gone.",
    .declare = declare,
    .positional = "destination",
    .most_positional = 1,
    .run = run,
};

}  // namespace lock::cli
