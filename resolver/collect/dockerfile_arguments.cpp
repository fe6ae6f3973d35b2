#include "resolver/collect/dockerfile_arguments.hpp"

#include <array>
#include <set>

namespace lock::collect {
namespace {

constexpr std::size_t kMostExpanded = std::size_t{4} << 20;

struct PlatformArgument {
  std::string_view name;
  bool surely_filled;  // the others are empty on most platforms
};

constexpr std::array<PlatformArgument, 11> kPlatform = {{{"BUILDPLATFORM", true},
                                                         {"BUILDOS", true},
                                                         {"BUILDOSVERSION", false},
                                                         {"BUILDARCH", true},
                                                         {"BUILDVARIANT", false},
                                                         {"TARGETPLATFORM", true},
                                                         {"TARGETOS", true},
                                                         {"TARGETOSVERSION", false},
                                                         {"TARGETARCH", true},
                                                         {"TARGETVARIANT", false},
                                                         {"TARGETSTAGE", true}}};

Piece unknowable(std::string_view name, bool surely_filled) {
  Piece piece;
  piece.unknowable.emplace_back(name);
  piece.surely_filled = surely_filled;
  return piece;
}

Piece known(MappedText text) {
  Piece piece;
  piece.surely_filled = !text.empty();
  piece.text = std::move(text);
  return piece;
}

}  // namespace

DockerfileArguments::DockerfileArguments(char escape, const Values& passed, std::string_view target)
    : escape_(escape), passed_(passed) {
  for (const PlatformArgument& argument : kPlatform) {
    const auto given = passed_.find(argument.name);
    values_[std::string(argument.name)] =
        given != passed_.end() ? known(given->second) : unknowable(argument.name, argument.surely_filled);
  }
  if (!target.empty() && !passed_.contains("TARGETSTAGE")) {
    values_["TARGETSTAGE"] = known(MappedText::synthesised(target));
  }
}

Result<void> DockerfileArguments::define(const ArgDefinition& definition) {
  std::vector<Origin> read;
  if (const auto given = passed_.find(definition.name); given != passed_.end()) {
    values_[definition.name] = known(given->second);
    read_[definition.name] = given->second.ranges(0, given->second.size());
    return {};
  }
  if (!definition.value) return {};
  auto value = expand(*definition.value, read);
  if (value) expanded_ += value->text.size() + read.size() * sizeof(Origin);
  if (value && expanded_ > kMostExpanded) value = fail(ErrorKind::limit, "the values of all ARGs exceed 4 MiB");
  if (!value) {
    values_[definition.name] = unknowable(definition.name, false);
    read_.erase(definition.name);
    return std::unexpected(value.error());
  }
  const auto written = definition.value->ranges(0, definition.value->size());
  read.insert(read.end(), written.begin(), written.end());
  read_[definition.name] = std::move(read);
  values_[definition.name] = std::move(*value);
  return {};
}

Result<Piece> DockerfileArguments::expand(const MappedText& word, std::vector<Origin>& read) const {
  std::set<std::string, std::less<>> names;
  auto value = expand_word(word, escape_, [&](std::string_view name) {
    names.emplace(name);
    return find(name);
  });
  for (const std::string& name : names) {
    const auto& behind = read_by(name);
    read.insert(read.end(), behind.begin(), behind.end());
  }
  return value;
}

const std::vector<Origin>& DockerfileArguments::read_by(std::string_view name) const {
  static const std::vector<Origin> none;
  const auto found = read_.find(name);
  return found == read_.end() ? none : found->second;
}

const Piece* DockerfileArguments::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

}  // namespace lock::collect
