#include <algorithm>
#include <array>

#include "resolver/base/text.hpp"
#include "resolver/collect/dockerfile.hpp"

namespace lock::collect {
namespace {

// Files about Dockerfiles, in other languages.
constexpr auto kLanguages = std::to_array<std::string_view>(
    {"adoc", "c",     "cc",   "cpp",  "cs",  "css",   "dockerignore", "ex",  "go",  "h",    "hpp", "htm", "html",
     "java", "js",    "json", "jsx",  "kt",  "lua",   "md",           "php", "png", "ps1",  "py",  "rb",  "rs",
     "rst",  "scala", "sh",   "snap", "svg", "swift", "toml",         "ts",  "tsx", "yaml", "yml"});

// A template's own text is a Dockerfile only after somebody filled it in.
constexpr auto kTemplates =
    std::to_array<std::string_view>({"ejs", "erb", "gotmpl", "hbs", "in", "j2", "jinja", "jinja2", "liquid", "m4",
                                     "mustache", "template", "tmpl", "tpl"});

std::string_view extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

}  // namespace

Claim claim_dockerfile(std::string_view path) {
  const std::string_view written = name_of_path(path);
  constexpr std::string_view firsts = "cCdD";
  constexpr std::string_view lasts = "eE";
  if (written.empty() || (firsts.find(written.front()) == std::string_view::npos &&
                          lasts.find(written.back()) == std::string_view::npos)) {
    return Claim::none;
  }
  const std::string name = base::to_lower(written);
  for (const std::string_view kind : {"dockerfile", "containerfile"}) {
    if (name == kind) return Claim::declared;
    if (name.ends_with(kind) && name[name.size() - kind.size() - 1] == '.') return Claim::declared;
    if (!name.starts_with(kind)) continue;
    const char next = name[kind.size()];
    const std::string_view extension = extension_of(name);
    if (next == '.' && holds(kLanguages, extension)) return Claim::none;
    if (next == '.') return holds(kTemplates, extension) ? Claim::possible : Claim::declared;
    const bool separated = next == '-' || next == '_';
    if (separated) return extension.empty() || !holds(kLanguages, extension) ? Claim::possible : Claim::none;
  }
  return Claim::none;
}

image::Collected collect_dockerfile_source(const Source& source, const Files&) {
  DockerfileBuild build;
  const Claim claimed = claim_dockerfile(source.name());
  if (claimed != Claim::declared) build.broken = image::Problem::Severity::warning;
  image::Collected out = collect_dockerfile(MappedText::whole(source.text()), build);
  if (claimed != Claim::declared && out.occurrences.empty()) out.problems.clear();
  return out;
}

image::Collected collect_named_dockerfile(const SourceText& text, const DockerfileBuild& build) {
  const MappedText whole = MappedText::whole(text);
  image::Collected out;
  if (!build.arguments.empty()) {
    for (image::Occurrence& occurrence : collect_dockerfile(whole, build).occurrences) {
      const bool ours =
          std::ranges::any_of(occurrence.slots, [&](const image::Slot& slot) { return slot.file != text.path(); });
      if (ours) out.occurrences.push_back(std::move(occurrence));
    }
  }
  if (claim_dockerfile(text.path()) != Claim::none) return out;
  DockerfileBuild alone;
  alone.contexts = build.contexts;
  alone.broken = build.broken;
  image::Collected rest = collect_dockerfile(whole, alone);
  const std::size_t ours = out.occurrences.size();
  for (image::Occurrence& occurrence : rest.occurrences) {
    const bool changed =
        std::any_of(out.occurrences.begin(), out.occurrences.begin() + static_cast<std::ptrdiff_t>(ours),
                    [&](const image::Occurrence& one) { return one.span == occurrence.span; });
    if (!changed) out.occurrences.push_back(std::move(occurrence));
  }
  out.problems = std::move(rest.problems);
  return out;
}

}  // namespace lock::collect
