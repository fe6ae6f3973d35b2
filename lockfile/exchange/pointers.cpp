#include "lockfile/exchange/pointers.hpp"

namespace lock::exchange {
namespace {

constexpr std::size_t kMostVisits = 200'000;

class Walk {
 public:
  Walk(const collect::Tree& tree, Span bytes) : tree_(tree), bytes_(bytes) {}

  std::optional<std::vector<Path>> run() {
    for (const collect::Node* document : tree_.documents()) visit(*document);
    if (visits_ > kMostVisits || tree_.exhausted()) return std::nullopt;
    return std::move(found_);
  }

 private:
  // As deep as the file is nested, which the tree limits.
  void visit(const collect::Node& node) {
    if (++visits_ > kMostVisits) return;
    const collect::Node& value = collect::Tree::resolve(node);
    if (value.is_scalar()) {
      if (value.span.begin <= bytes_.begin && bytes_.end <= value.span.end) found_.push_back(path_);
    } else if (value.is_mapping()) {
      for (const collect::Member& member : tree_.members(value)) {
        path_.emplace_back(member.key->text);
        visit(*member.value);
        path_.pop_back();
      }
    } else {
      for (const collect::Node* item : value.children) {
        path_.emplace_back("#");
        visit(*item);
        path_.pop_back();
      }
    }
  }

  const collect::Tree& tree_;
  Span bytes_;
  Path path_;
  std::vector<Path> found_;
  std::size_t visits_ = 0;
};

}  // namespace

std::optional<std::vector<Path>> paths_to(const collect::Tree& tree, Span bytes) { return Walk(tree, bytes).run(); }

}  // namespace lock::exchange
