#include "resolver/collect/quadlet.hpp"

#include <algorithm>
#include <set>

#include "resolver/base/text.hpp"
#include "resolver/collect/dockerfile.hpp"
#include "resolver/collect/found.hpp"
#include "resolver/collect/kubernetes.hpp"

namespace lock::collect {
namespace {

struct Unit {
  std::string_view extension;
  std::string_view section;
  std::string_view key;
};
constexpr Unit kUnits[] = {{".build", "Build", "File"},
                           {".container", "Container", "Image"},
                           {".image", "Image", "Image"},
                           {".kube", "Kube", "Yaml"},
                           {".volume", "Volume", "Image"}};

const Unit* unit_of(std::string_view path) {
  const auto* found = std::ranges::find_if(kUnits, [path](const Unit& unit) { return path.ends_with(unit.extension); });
  return found == std::end(kUnits) ? nullptr : found;
}

// `%i` and its like; `%%` is a percent sign, which no reference has.
std::vector<std::string> specifiers_in(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 2)) {
    found.emplace_back(text.substr(at, 2));
  }
  return found;
}

class Reader {
 public:
  Reader(const Source& source, const Files& files, const Unit& unit, image::Collected& out)
      : source_(source), files_(files), file_(MappedText::whole(source.text())), unit_(unit), out_(out) {}

  // One setting a line; a backslash at the end continues it, and comments in between are left out.
  void run() {
    const std::string_view text = file_.text();
    for (std::size_t at = 0; at < text.size();) {
      MappedText line = next_line(at);
      if (is_comment(line)) continue;
      while (line.text().ends_with('\\') && at < text.size()) {
        line = line.slice(0, line.size() - 1);
        MappedText next = next_line(at);
        while (is_comment(next) && at < text.size()) next = next_line(at);
        line.append_synthesised(" ");
        line.append(next);
      }
      read_line(line.trimmed());
    }
  }

 private:
  static bool is_comment(const MappedText& line) {
    const std::string_view text = base::trim(line.text());
    return text.starts_with('#') || text.starts_with(';');
  }

  MappedText next_line(std::size_t& at) const {
    const std::string_view text = file_.text();
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t stop = end > at && text[end - 1] == '\r' ? end - 1 : end;
    MappedText line = file_.slice(at, stop);
    at = std::min(end + 1, text.size());
    return line;
  }

  void read_line(const MappedText& line) {
    const std::string_view text = line.text();
    if (text.starts_with('[')) {
      in_section_ = text == "[" + std::string(unit_.section) + "]";
      return;
    }
    const std::size_t equals = text.find('=');
    if (!in_section_ || equals == std::string_view::npos || base::trim(text.substr(0, equals)) != unit_.key) return;
    MappedText value = line.slice(equals + 1).trimmed();
    unit_.key == "Image" ? read_image(std::move(value)) : read_named(value.text());
  }

  // The file that a `.kube` or `.build` unit names. One whose name says what it is stands for itself.
  void read_named(std::string_view name) {
    const auto path = join_path(folder_of_path(source_.path()), name);
    if (!path || claim_dockerfile(*path) != Claim::none || claim_kubernetes(*path) != Claim::none) return;
    const SourceText* text = files_.find(*path);
    if (text == nullptr || !named_.insert(*path).second) return;
    DockerfileBuild build;
    build.broken = image::Problem::Severity::warning;
    image::Collected part = unit_.key == "File" ? collect_named_dockerfile(*text, build)
                                                : collect_kubernetes(Source(*path, std::string(text->bytes())), files_);
    std::ranges::move(part.occurrences, std::back_inserter(out_.occurrences));
    std::ranges::move(part.problems, std::back_inserter(out_.problems));
  }

  void read_image(MappedText value) {
    constexpr std::string_view kDocker = "docker://";
    if (value.text().starts_with(kDocker)) value = value.slice(kDocker.size());
    const std::string_view text = value.text();
    if (text.ends_with(".image") || text.ends_with(".build")) return;
    for (const std::string_view transport :
         {"oci:", "oci-archive:", "dir:", "docker-archive:", "docker-daemon:", "containers-storage:"}) {
      if (text.starts_with(transport)) return;
    }
    Found found;
    found.unknown = specifiers_in(text);
    found.written = value;
    found.value = std::move(value);
    found.format = "quadlet";
    found.path = "/" + std::string(unit_.section) + "/Image";
    add_found(std::move(found), out_);
  }

  const Source& source_;
  const Files& files_;
  const MappedText file_;
  const Unit& unit_;
  image::Collected& out_;
  bool in_section_ = false;
  std::set<std::string, std::less<>> named_;  // each is read once, however often a unit names it
};

}  // namespace

Claim claim_quadlet(std::string_view path) { return unit_of(path) == nullptr ? Claim::none : Claim::possible; }

image::Collected collect_quadlet(const Source& source, const Files& files) {
  image::Collected out;
  const Unit* unit = unit_of(source.name());
  if (unit == nullptr || base::find_invalid_utf8(source.bytes()) ||
      source.bytes().find('\0') != std::string_view::npos) {
    return out;
  }
  Reader(source, files, *unit, out).run();
  return out;
}

}  // namespace lock::collect
