// The part of `lock verify` behind --provenance: the deed, and its rows for people and for the JSON contract.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "cli/commands/command.hpp"
#include "lockfile/ops/verify_provenance.hpp"

namespace lock::cli {

[[nodiscard]] Result<ops::ProvenanceVerification> verify_provenance(const std::vector<std::string>& images,
                                                                    Session& session);

// [{"reference","platforms","format","location","counts","in-index","index-locked","state","signer","reason",
// "version","builder","build-type","source","complete","materials":[{"uri","reference","digest","locked"}]}]
[[nodiscard]] boost::json::array to_json(const std::vector<ops::ProvenanceRow>& rows);

// What counts: of each image who said so and what the build used. What does not count is among the findings.
[[nodiscard]] std::string to_text(const std::vector<ops::ProvenanceRow>& rows, const Style& style);

}  // namespace lock::cli
