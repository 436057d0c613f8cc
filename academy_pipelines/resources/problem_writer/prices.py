"""What tokens cost. Prices change: whoever needs exact ones hands in a table of their own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from academy_pipelines.contracts.completions import CompletionUsage
from academy_pipelines.documents.problem import Usage

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens: read, read from the cache, written (reasoning included)."""

    input_usd: float
    cached_usd: float
    output_usd: float


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices by model, as they were on the day `as_of` (ISO 8601); `share` of them is charged."""

    as_of: str
    prices: Mapping[str, Price]
    share: float = 1.0

    def cost_usd(self, model: str, usage: Usage) -> float | None:
        """Return what was paid, None for a model that is not in the table; snapshots cost what their model does."""
        price = self.prices.get(model) or self.prices.get(_SNAPSHOT.sub("", model))
        if price is None:
            return None
        fresh_tokens = usage.input_tokens - usage.cached_tokens
        paid = fresh_tokens * price.input_usd + usage.cached_tokens * price.cached_usd
        return round((paid + usage.output_tokens * price.output_usd) * self.share / MILLION, 9)


PRICES = PriceTable(
    "2026-11-22",
    MappingProxyType({"gpt-4.1-mini": Price(0.40, 0.10, 1.60), "gpt-6-luna": Price(0.10, 0.01, 0.50)}),
)
"""What is known of prices on that day, for estimates; only the provider's bill is exact."""

BATCH_SHARE = 0.5
"""What a batch costs of the same requests made at once."""


def counted(usage: CompletionUsage | None, model: str, prices: PriceTable) -> Usage | None:
    """Return an answer's tokens with their price; None when the endpoint does not count."""
    if usage is None:
        return None
    read, written = usage.prompt_tokens_details, usage.completion_tokens_details
    tokens = Usage(
        usage.prompt_tokens,
        (read.cached_tokens if read else None) or 0,
        usage.completion_tokens,
        (written.reasoning_tokens if written else None) or 0,
    )
    return _priced(tokens, prices.cost_usd(model, tokens))


def added(first: Usage | None, second: Usage | None) -> Usage | None:
    """Return the sum of two usages; its price is known when both are."""
    if first is None or second is None:
        return first or second
    is_known = first.cost_usd is not None and second.cost_usd is not None
    tokens = Usage(
        first.input_tokens + second.input_tokens,
        first.cached_tokens + second.cached_tokens,
        first.output_tokens + second.output_tokens,
        first.reasoning_tokens + second.reasoning_tokens,
    )
    return _priced(tokens, (first.cost_usd or 0) + (second.cost_usd or 0) if is_known else None)


def _priced(tokens: Usage, cost_usd: float | None) -> Usage:
    return Usage(tokens.input_tokens, tokens.cached_tokens, tokens.output_tokens, tokens.reasoning_tokens, cost_usd)
