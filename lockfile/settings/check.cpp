#include "lockfile/settings/check.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "resolver/base/text.hpp"

namespace lock::settings {
namespace {

constexpr auto kSeverities = std::to_array<std::string_view>({"error", "warning", "note"});
constexpr auto kSignerKinds = std::to_array<std::string_view>({"sigstore", "cosign-key"});
constexpr auto kEnforcements = std::to_array<std::string_view>({"apply", "rendered", "build-policy"});

class Checker {
 public:
  Checker(const tables::Source& source, std::span<const std::string_view> checks) : source_(source), checks_(checks) {}

  void check_root(const toml::table& root) {
    std::vector<std::string_view> names;
    for (const Section& section : sections()) names.push_back(section.name);
    for (auto&& [key, node] : root) {
      const Section* section = find_section(key.str());
      if (section == nullptr) {
        unknown(key, "key", "images.toml", names);
      } else {
        check_section(*section, key, node);
      }
    }
  }

  [[nodiscard]] std::vector<Error> take() { return std::move(errors_); }

 private:
  void report(Place place, std::string message, std::string hint = {}) {
    errors_.push_back(fail_at(ErrorKind::configuration, std::move(place), std::move(message), std::move(hint)).error());
  }

  void wrong_kind(const toml::node& node, std::string_view name, std::string_view expected) {
    report(source_.place(node), "`" + std::string(name) + "` is " + std::string(tables::kind_of(node)) + ", expected " +
                                    std::string(expected));
  }

  void unknown(const toml::key& key, std::string_view what, std::string_view where,
               std::span<const std::string_view> known) {
    const auto near = base::near_name(key.str(), known);
    report(source_.place(key),
           "unknown " + std::string(what) + " '" + base::harmless(key.str(), 80) + "' in " + std::string(where),
           near ? "did you mean '" + *near + "'?" : "expected " + tables::one_of(known));
  }

  void check_section(const Section& section, const toml::key& key, const toml::node& node) {
    const std::string name(section.name);
    switch (section.form) {
      case Form::value: return check_value(section.keys.front(), node);
      case Form::checks: return check_severities(node);
      case Form::named_tables: {
        const toml::table* table = node.as_table();
        const std::string as_in = "as in [" + name + "." + std::string(section.example) + "]";
        if (table == nullptr) return wrong_kind(node, name, "tables, " + as_in);
        for (auto&& [inner, value] : *table) {
          const std::string title = "[" + name + ".\"" + base::harmless(inner.str(), 80) + "\"]";
          if (!value.is_table()) {
            report(source_.place(inner), "`" + base::harmless(inner.str(), 80) + "` is " +
                                             std::string(tables::kind_of(value)) + ", expected a table, " + as_in);
          } else {
            check_table(*value.as_table(), source_.place(inner), title, section.keys);
          }
        }
        return;
      }
      case Form::tables: {
        const toml::array* array = node.as_array();
        const std::string title = "[[" + name + "]]";
        if (array == nullptr) {
          return report(source_.place(key), "`" + name + "` is " + std::string(tables::kind_of(node)) +
                                                ", expected tables, as in " + title);
        }
        for (const toml::node& element : *array) {
          if (!element.is_table()) {
            wrong_kind(element, name, "a table, as in " + title);
          } else {
            check_table(*element.as_table(), source_.place(element), title, section.keys);
          }
        }
      }
    }
  }

  void check_table(const toml::table& table, const Place& place, const std::string& title, std::span<const Key> keys) {
    std::vector<std::string_view> names;
    for (const Key& key : keys) names.push_back(key.name);
    bool all_known = true;
    for (auto&& [key, node] : table) {
      const auto row = std::ranges::find(keys, key.str(), &Key::name);
      if (row == keys.end()) {
        all_known = false;
        if (node.is_table()) {  // [registry.docker.io] is `io` in `docker`
          report(source_.place(key), "unknown key '" + base::harmless(key.str(), 80) + "' in " + title,
                 "a name with dots stands in quotes, as in [registry.\"docker.io\"]");
        } else {
          unknown(key, "key", title, names);
        }
      } else {
        check_value(*row, node);
      }
    }
    if (!all_known) return;  // what is missing is likely what was misspelt
    for (const Key& key : keys) {
      if (key.required && !table.contains(key.name)) report(place, title + " needs `" + std::string(key.name) + "`");
    }
  }

  void check_value(const Key& key, const toml::node& node) {
    switch (key.shape) {
      case Shape::text: return check_text(key.name, node);
      case Shape::texts: return check_texts(key.name, node);
      case Shape::boolean:
        if (!node.is_boolean()) wrong_kind(node, key.name, "true or false");
        return;
      case Shape::date:
        if (!node.is_date()) wrong_kind(node, key.name, "a date without quotes, as in 2026-12-31");
        return;
      case Shape::mirrors: return check_mirrors(key.name, node);
      case Shape::severity: return check_word(key.name, node, kSeverities);
      case Shape::enforcement: return check_word(key.name, node, kEnforcements);
      case Shape::signer_kind: return check_word(key.name, node, kSignerKinds);
      case Shape::count: return check_count(key.name, node);
    }
  }

  void check_text(std::string_view name, const toml::node& node) {
    const auto* text = node.as_string();
    if (text == nullptr) return wrong_kind(node, name, "a string");
    if (base::trim(text->get()).empty()) report(source_.place(node), "`" + std::string(name) + "` is empty");
  }

  void check_count(std::string_view name, const toml::node& node) {
    const auto* number = node.as_integer();
    if (number == nullptr) return wrong_kind(node, name, "a whole number");
    if (number->get() < 1) report(source_.place(node), "`" + std::string(name) + "` is less than 1");
  }

  void check_texts(std::string_view name, const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return wrong_kind(node, name, "an array of strings");
    if (array->empty()) report(source_.place(node), "`" + std::string(name) + "` is empty");
    for (const toml::node& element : *array) check_text(name, element);
  }

  void check_mirrors(std::string_view name, const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return wrong_kind(node, name, "an array, as in [{ host = \"mirror.example.com\" }]");
    for (const toml::node& element : *array) {
      const toml::table* table = element.as_table();
      if (table == nullptr) {
        wrong_kind(element, name, "a table, as in { host = \"mirror.example.com\" }");
      } else {
        check_table(*table, source_.place(element), "a mirror", mirror_keys());
      }
    }
  }

  void check_word(std::string_view name, const toml::node& node, std::span<const std::string_view> words) {
    const auto* text = node.as_string();
    if (text == nullptr) return wrong_kind(node, name, "a string");
    if (std::ranges::find(words, std::string_view(text->get())) != words.end()) return;
    const auto near = base::near_name(text->get(), words);
    report(source_.place(node), "unknown `" + std::string(name) + "` '" + base::harmless(text->get(), 80) + "'",
           near ? "did you mean '" + *near + "'?" : "expected " + tables::one_of(words));
  }

  void check_severities(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return wrong_kind(node, "checks", "a table, as in [checks]");
    for (auto&& [key, value] : *table) {
      if (std::ranges::find(checks_, key.str()) == checks_.end()) {
        unknown_check(source_.place(key), key.str());
      } else {
        check_word(key.str(), value, kSeverities);
      }
    }
  }

  void unknown_check(Place place, std::string_view id) {
    const auto near = base::near_name(id, checks_);
    report(std::move(place), "there is no check '" + base::harmless(id, 80) + "' whose severity can be set",
           near ? "did you mean '" + *near + "'?" : "lockfile/CHECKS.md lists the checks");
  }

  const tables::Source& source_;
  std::span<const std::string_view> checks_;
  std::vector<Error> errors_;
};

}  // namespace

std::vector<Error> check(const tables::Source& source, const toml::table& root,
                         std::span<const std::string_view> checks) {
  Checker checker(source, checks);
  checker.check_root(root);
  return checker.take();
}

}  // namespace lock::settings
