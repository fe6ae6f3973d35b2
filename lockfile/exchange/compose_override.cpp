#include <algorithm>
#include <map>

#include "lockfile/exchange/all.hpp"
#include "lockfile/exchange/pins.hpp"
#include "lockfile/exchange/pointers.hpp"
#include "resolver/base/text.hpp"

namespace lock::exchange {
namespace {

using collect::Node;
using collect::Source;

constexpr int kMostExtends = 16;

bool is_override(std::string_view file) {
  const std::string_view stem = file.substr(0, file.rfind('.'));
  return stem.ends_with(".override");
}

// compose.yaml and its compose.override.yaml are read together without being asked for.
bool go_together(const std::set<std::string>& files) {
  std::set<std::string> stems;
  for (const std::string& file : files) {
    std::string stem = file.substr(0, file.rfind('.'));
    if (is_override(file)) stem.resize(stem.size() - std::string_view(".override").size());
    stems.insert(stem);
  }
  return stems.size() <= 1;
}

class Override {
 public:
  explicit Override(const Request& request) : request_(request) {}

  Result<Exported> run() {
    const std::set<std::string> files = files_of(request_.places);
    if (!request_.chosen && !go_together(files)) {
      return fail(ErrorKind::usage, "several Compose files: " + listed(files),
                  "name those that go together, as in `lock export compose " + *files.begin() + "`");
    }
    for (const LockedPlace& place : request_.places) add(place);
    for (const std::string& file : files) follow_extends(file);
    return finish();
  }

 private:
  void add(const LockedPlace& place) {
    const image::Occurrence& occurrence = *place.occurrence;
    if (occurrence.path.ends_with("/pre_start") || occurrence.path.find("/pre_start/") != std::string::npos ||
        occurrence.path.find("/post_start/") != std::string::npos) {
      return leave(occurrence, "Compose appends hooks, so an override would run it twice; `lock pin` it here");
    }
    if (occurrence.path.find("/build/") != std::string::npos) {
      return leave(occurrence, "a build pulls it; `lock export buildkit-policy` covers it");
    }
    const std::vector<std::string> services = services_of(occurrence);
    if (services.empty()) return leave(occurrence, "it is not the image of a service; `lock pin` it here");
    for (const std::string& service : services) {
      const auto [at, fresh] = pins_.emplace(service, &place);
      if (fresh || pin_of(*at->second) == pin_of(place)) continue;
      if (request_.chosen) {
        disputed_.insert(service);  // which of the files comes last is not known here
      } else if (is_override(place.occurrence->file)) {
        at->second = &place;
      }
    }
  }

  // The services that take their image from this place, also through an alias or a merge key.
  [[nodiscard]] std::vector<std::string> services_of(const image::Occurrence& occurrence) const {
    std::vector<std::string> services;
    const Source* source = request_.find(occurrence.file);
    if (source == nullptr) return services;
    const auto paths = paths_to(source->tree(), occurrence.span);
    for (const Path& path : paths.value_or(std::vector<Path>())) {
      if (path.size() == 3 && path[0] == "services" && path[2] == "image") services.push_back(path[1]);
    }
    return services;
  }

  // A service that extends another has no image of its own to be seen in the file, and Compose copies it before it
  // merges overrides.
  void follow_extends(const std::string& file) {
    const Source* source = request_.find(file);
    if (source == nullptr) return;
    const collect::Tree& tree = source->tree();
    for (const Node* document : tree.documents()) {
      const Node* services = tree.find_mapping(*document, "services");
      if (services == nullptr) continue;
      for (const collect::Member& service : tree.members(*services)) {
        const std::string name(service.key->text);
        if (pins_.contains(name) || tree.find(*service.value, "image") != nullptr) continue;
        extend(*source, *services, name, *service.value);
      }
    }
  }

  void extend(const Source& source, const Node& services, const std::string& name, const Node& service) {
    const collect::Tree& tree = source.tree();
    const Node* at = &service;
    for (int depth = 0; at != nullptr && depth < kMostExtends; ++depth) {
      const Node* extends = tree.find(*at, "extends");
      if (extends == nullptr || tree.find(*at, "build") != nullptr) return;  // it is built
      const std::string base(extends->is_scalar() ? extends->text : tree.find_text(*extends, "service"));
      const bool elsewhere = other_file(source, *extends);
      if (const auto pin = pins_.find(base); !elsewhere && pin != pins_.end()) {
        if (disputed_.contains(base)) disputed_.insert(name);
        pins_.emplace(name, pin->second);
        return;
      }
      at = elsewhere ? nullptr : tree.find_mapping(services, base);
    }
    Unexpressed left{"service " + base::harmless(name, 80), "it extends a service of another file", {}};
    left.place.file = source.path();
    left.place.position = source.text().lines().position(service.span.begin);
    out_.left.push_back(std::move(left));
  }

  static bool other_file(const Source& source, const Node& extends) {
    const std::string_view file = extends.is_mapping() ? source.tree().find_text(extends, "file") : std::string_view();
    return !file.empty() && collect::join_path(collect::folder_of_path(source.path()), file) != source.path();
  }

  void leave(const image::Occurrence& occurrence, std::string reason) {
    out_.left.push_back(unexpressed(occurrence, std::move(reason)));
  }

  Result<Exported> finish() {
    out_.text = "# Written by `lock export compose`. Give it after the other files: -f compose.yaml -f FILE\nservices:";
    for (const auto& [service, place] : pins_) {
      if (disputed_.contains(service)) {
        leave(*place->occurrence, "files give service " + base::harmless(service, 80) + " different images; name one");
        continue;
      }
      out_.text += "\n  " + yaml_key(service) + ":\n    image: " + quoted(pin_of(*place));
      ++out_.images;
    }
    out_.text += out_.images == 0 ? " {}\n" : "\n";
    return std::move(out_);
  }

  const Request& request_;
  std::map<std::string, const LockedPlace*> pins_;  // by service
  std::set<std::string> disputed_;
  Exported out_;
};

}  // namespace

bool is_of_compose(const image::Occurrence& occurrence) { return occurrence.format == "compose"; }

Result<Exported> write_compose_override(const Request& request) { return Override(request).run(); }

}  // namespace lock::exchange
