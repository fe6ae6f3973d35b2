// Compose files: services, what they build from, image volumes and hooks.
//
// Declared: `services.*.image`, `build.dockerfile_inline` (by the Dockerfile collector), `build.additional_contexts`
// with docker-image://, volumes of type image, `pre_start[].image`; `build.args` with a value in the tree where the
// service's Dockerfile takes an image from them, and the whole Dockerfile where its name does not say what it is. An
// image beside `build` is what the build makes: first-party. `models` are artifacts. Variables get their values from
// the
// `.env` of the folder and from their defaults; the shell's environment would win, which no file tells.
// Specification: the Compose specification.
#pragma once

#include <array>

#include "resolver/collect/collector.hpp"

namespace lock::collect {

inline constexpr std::array<std::string_view, 8> kComposeNames = {
    "compose.yaml",          "compose.yml",          "docker-compose.yaml",          "docker-compose.yml",
    "compose.override.yaml", "compose.override.yml", "docker-compose.override.yaml", "docker-compose.override.yml"};

[[nodiscard]] Claim claim_compose(std::string_view path);
[[nodiscard]] image::Collected collect_compose(const Source& source, const Files& files);

// Version 1 of the format: the services stand at the top, and only the file's name says what it is.
[[nodiscard]] Claim claim_compose_v1(std::string_view path);
[[nodiscard]] image::Collected collect_compose_v1(const Source& source, const Files& files);

}  // namespace lock::collect
