#include "resolver/collect/source.hpp"

#include <cstring>
#include <vector>

#include "resolver/base/text.hpp"

namespace lock::collect {

const Tree& Source::tree() const {
  if (tree_ == nullptr) tree_ = name().ends_with(".json") ? Tree::read_json(text_) : Tree::read_yaml(text_);
  return *tree_;
}

std::string_view name_of_path(std::string_view path) {  // asked by every collector about every file
  const auto* slash = static_cast<const char*>(memrchr(path.data(), '/', path.size()));
  return slash == nullptr ? path : path.substr(static_cast<std::size_t>(slash + 1 - path.data()));
}

std::string_view folder_of_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::optional<std::string> join_path(std::string_view folder, std::string_view relative) {
  if (relative.starts_with('/') || relative.find("://") != std::string_view::npos) return std::nullopt;
  std::vector<std::string> steps;
  for (const std::string_view part : {folder, relative}) {
    for (const std::string_view step : base::split(part, '/')) {
      if (step.empty() || step == ".") continue;
      if (step != "..") {
        steps.emplace_back(step);
      } else if (steps.empty()) {
        return std::nullopt;
      } else {
        steps.pop_back();
      }
    }
  }
  return base::join(steps, "/");
}

}  // namespace lock::collect
