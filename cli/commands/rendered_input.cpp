#include "cli/commands/rendered_input.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "resolver/base/file.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostRendered = std::size_t{128} << 20;  // all texts of a run together
constexpr std::size_t kMostLine = 4096;

bool holds_manifests(const fs::path& path) {
  const std::string ending = path.extension().string();
  return ending == ".yaml" || ending == ".yml" || ending == ".json";
}

// The manifests below a folder, sorted, links not followed.
Result<std::vector<fs::path>> manifests_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(folder, error); !error && at != fs::recursive_directory_iterator();
       at.increment(error)) {
    if (fs::is_regular_file(at->symlink_status()) && holds_manifests(at->path())) out.push_back(at->path());
  }
  if (error) return fail(ErrorKind::io, "could not read the folder " + folder.string() + ": " + error.message());
  if (out.empty()) {
    return fail(ErrorKind::usage, "no .yaml, .yml or .json file under " + base::harmless(folder.string(), 200),
                "name the folder that the manifests were rendered into");
  }
  std::ranges::sort(out);
  return out;
}

// All texts of a run, within one budget of bytes.
class RenderedTexts {
 public:
  explicit RenderedTexts(const Session& session) : session_(session) {}

  // "-", a file, or a folder with everything below it.
  Result<void> add(const std::string& name) {
    if (name == "-") return take("standard input", session_.streams.read_input(left()));
    const fs::path path = fs::path(session_.global.directory) / name;
    if (!fs::is_directory(path)) return add_file(path, name);
    auto files = manifests_in(path);
    if (!files) return std::unexpected(std::move(files.error()));
    for (const fs::path& file : *files) {
      auto added = add_file(file, (fs::path(name) / file.lexically_relative(path)).string());
      if (!added) return added;
    }
    return {};
  }

  [[nodiscard]] const std::vector<ops::RenderedText>& texts() const { return texts_; }

 private:
  [[nodiscard]] std::size_t left() const { return kMostRendered - used_; }

  Result<void> add_file(const fs::path& path, const std::string& name) {
    auto bytes = base::read_file(path, left());
    if (bytes) return take(name, std::move(*bytes));
    Error error = bytes.error();
    if (error.kind == ErrorKind::limit) return too_much(name);
    if (error.kind == ErrorKind::absent) error.kind = ErrorKind::usage;
    return while_doing("could not read " + base::harmless(name, 200), std::move(error));
  }

  Result<void> take(std::string name, Bytes bytes) {
    if (bytes.size() > left()) return too_much(name);
    used_ += bytes.size();
    texts_.push_back({std::move(name), std::move(bytes)});
    return {};
  }

  static std::unexpected<Error> too_much(const std::string& name) {
    return fail(ErrorKind::limit, "with " + base::harmless(name, 200) + " there are more than 128 MiB of manifests",
                "give them in several runs");
  }

  const Session& session_;
  std::vector<ops::RenderedText> texts_;
  std::size_t used_ = 0;
};

}  // namespace

Result<std::vector<ops::RenderedText>> read_rendered(const std::vector<std::string>& names, const Session& session) {
  RenderedTexts rendered(session);
  for (const std::string& name : names) {
    if (auto added = rendered.add(name); !added) return std::unexpected(std::move(added.error()));
  }
  return rendered.texts();
}

void read_lines(const std::vector<ops::RenderedText>& texts, std::vector<image::Finding>& findings,
                std::vector<image::Undetermined>& undetermined) {
  const auto fill = [&texts](Place& place) {
    const auto text = std::ranges::find(texts, place.file, &ops::RenderedText::name);
    if (text == texts.end() || place.position.line == 0) return;
    place.line = std::string(base::LineIndex(text->bytes).line(place.position.line).substr(0, kMostLine));
  };
  for (image::Finding& finding : findings) fill(finding.place);
  for (image::Undetermined& one : undetermined) fill(one.finding.place);
}

}  // namespace lock::cli
