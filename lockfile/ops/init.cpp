#include "lockfile/ops/init.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"

namespace lock::ops {
namespace {

using image::Occurrence;
using image::Status;

// Folders whose images are rarely meant to run.
constexpr auto kSampleFolders =
    std::to_array<std::string_view>({"doc", "docs", "example", "examples", "fixtures", "samples", "test", "tests"});

// What the tree shows.
struct Sights {
  std::map<std::string, std::set<std::string>> registries;  // names of images by registry
  std::set<std::string> built;                              // first-party images
  std::map<std::string, std::size_t> samples;               // occurrences by top folder
  std::size_t unresolved = 0;
};

Sights look(const Scan& scan) {
  Sights sights;
  for (const ScopeScan& scope : scan.scopes) {
    for (const Occurrence& occurrence : scope.occurrences) {
      const std::string_view top = std::string_view(occurrence.file).substr(0, occurrence.file.find('/'));
      if (top.size() < occurrence.file.size() && std::ranges::find(kSampleFolders, top) != kSampleFolders.end()) {
        ++sights.samples[std::string(top)];
      }
      if (occurrence.status == Status::unresolved) ++sights.unresolved;
      if (!occurrence.reference) continue;
      const image::Repository& repository = occurrence.reference->repository();
      if (occurrence.status == Status::first_party) sights.built.insert(repository.name());
      if (occurrence.status == Status::resolved) sights.registries[repository.registry].insert(repository.name());
    }
  }
  return sights;
}

std::string registries_text(const Sights& sights) {
  std::string text =
      "\n# How registries are reached. A mirror serves digests; what a tag is it says only with `resolve = true`, and "
      "that\n"
      "# a digest is gone only with `authoritative = true`. `ca` is a PEM file beside this one.\n";
  if (!sights.registries.empty()) {
    std::vector<std::string> names;
    for (const auto& [name, images] : sights.registries) {
      names.push_back(name + " (" + base::count_of(images.size(), "image") + ")");
    }
    text += "# The tree names " + base::join(names, ", ") + ".\n";
  }
  const std::string first = sights.registries.empty() ? "docker.io" : sights.registries.begin()->first;
  return text + "#[registry.\"" + first + "\"]\n#mirrors = [{ host = \"mirror.example.com/prefix\" }]\n";
}

std::string first_party_text(const Sights& sights) {
  std::string text = "\n# Images that this repository builds: they are not looked up at a registry.\n";
  if (sights.built.empty()) return text + "#[[first-party]]\n#images = [\"ghcr.io/acme/**\"]\n";
  text += "[[first-party]]\nimages = [\n";
  for (const std::string& name : sights.built) text += "  \"" + name + "\",\n";
  return text + "]\n";
}

std::string ignore_text(const Sights& sights) {
  std::string text =
      "\n# Places to leave out, visibly counted. One alone is left out by a comment beside it: lock:ignore <reason>\n";
  if (sights.samples.empty()) return text + "#[[ignore]]\n#files = [\"docs/**\"]\n#reason = \"samples\"\n";
  for (const auto& [folder, count] : sights.samples) {
    text += "# " + folder + "/ names images in " + base::count_of(count, "place") + ".\n";
    text += "#[[ignore]]\n#files = [\"" + folder + "/**\"]\n#reason = \"samples\"\n";
  }
  return text;
}

}  // namespace

std::string starting_settings(const Scan& scan) {
  const Sights sights = look(scan);
  std::string text =
      "# images.toml: settings and policy of `lock`. Everything in it is optional.\n"
      "\n"
      "# Platforms that this repository uses. A tag that moves to an image without one of them keeps its old digest, "
      "and\n"
      "# only their manifests have to exist. Without this line: every platform that an image has.\n"
      "#platforms = [\"linux/amd64\", \"linux/arm64\"]\n";
  text += registries_text(sights);
  text += first_party_text(sights);
  text += ignore_text(sights);
  text +=
      "\n# Images in files that are not read by themselves: shell, Make, jsonnet.\n"
      "#[[collect]]\n#files = [\"**/*.sh\"]\n#pattern = '^IMAGE=(?P<image>\\S+)'\n"
      "\n# Files whose images run by the locked digest though they name a tag: a moved tag is a note there, no error.\n"
      "#[[enforce]]\n#files = [\"deploy/**\"]\n#by = \"apply\"\n"
      "\n# Exceptions to a check, with a reason and a last day.\n"
      "#[[accept]]\n#check = \"digest-only-at-mirror\"\n#images = [\"docker.io/library/nginx\"]\n#reason = \"moves "
      "next "
      "month\"\n#until = 2030-12-31\n"
      "\n# Severities: error, warning or note. lockfile/CHECKS.md lists the checks.\n";
  if (sights.unresolved > 0) {
    text += "# Today " + base::count_of(sights.unresolved, "place") + " in the tree cannot be resolved.\n";
  }
  return text + "#[checks]\n#unresolved-reference = \"error\"\n";
}

Result<InitResult> init(const Workspace& workspace, const Scan& scan) {
  InitResult result{"images.toml", starting_settings(scan)};
  const std::filesystem::path path = workspace.root / result.file;
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    return fail(ErrorKind::usage, "there is an " + result.file + " already", "edit it, or remove it first");
  }
  if (auto written = base::write_file_atomically(path, result.text); !written) {
    return std::unexpected(std::move(written.error()));
  }
  return result;
}

}  // namespace lock::ops
