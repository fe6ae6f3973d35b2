// Dockerfile and Containerfile: which images a build would pull.
//
// Read are `FROM`, `COPY --from`, every `from` of `RUN --mount`, the same behind `ONBUILD`, and `# syntax=`. Names of
// stages, stage numbers, `scratch` and named contexts are no images. Variables are replaced where a builder replaces
// them (in FROM) and only by what the tree says; where a builder refuses them, the place is unresolved.
//
// Specification: the Dockerfile reference; where it is silent, BuildKit's parser and its conversion to a build graph,
// with which tests/support/oracles/dockerfile compares.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "resolver/collect/collector.hpp"
#include "resolver/collect/dockerfile_arguments.hpp"
#include "resolver/collect/mapped_text.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::collect {

// What the file that orders the build says about it: a Compose service, a bake target.
struct DockerfileBuild {
  DockerfileArguments::Values arguments;        // literal values of `args`
  std::string target;                           // empty when not known
  std::set<std::string, std::less<>> contexts;  // names that the build replaces: `additional_contexts`
  std::string_view format = "dockerfile";       // of the occurrences
  std::string path;                             // of the occurrences; empty: stage/instruction
  image::Problem::Severity broken = image::Problem::Severity::undetermined;  // how bad an unreadable text is
};

// Everything in one Dockerfile, which may stand inside another file.
[[nodiscard]] image::Collected collect_dockerfile(const MappedText& file, const DockerfileBuild& build = {});

// What a file that orders a build finds in the Dockerfile `text`, which it names. Where the Dockerfile's own name says
// what it is, it is read by itself, and only what the order's arguments change is found here; under any other name it
// is read here, whole.
[[nodiscard]] image::Collected collect_named_dockerfile(const SourceText& text, const DockerfileBuild& build);

// `Dockerfile`, `Containerfile`, `Dockerfile.x`, `x.Dockerfile`, in any letter case. `dockerfile.go` and its like are
// another language's files about Dockerfiles.
[[nodiscard]] Claim claim_dockerfile(std::string_view path);

// The collectors' row.
[[nodiscard]] image::Collected collect_dockerfile_source(const Source& source, const Files& files);

}  // namespace lock::collect
