"""The figures as ratios: times alone say more about the machine than about the program."""

import os
from dataclasses import asdict, dataclass
from typing import Any

from bench.measure import Floor, Product


@dataclass(frozen=True, kw_only=True)
class Report:
    """One measurement."""

    people: int
    product: Product
    engine: Floor
    api_up_s: float
    """As many mailboxes added by four threads, and nothing else."""

    def ratios(self) -> dict[str, float]:
        """How many times a floor's time the product takes."""
        return {
            "up_to_engine": self.product.up_s / self.engine.up_s,
            "up_to_api": self.product.up_s / self.api_up_s,
            "up_to_both": self.product.up_s / (self.engine.up_s + self.api_up_s),
            "preview_to_engine": self.product.preview_s / self.engine.preview_s,
        }

    def as_dict(self) -> dict[str, Any]:
        """Give all of it, for JSON."""
        ratios = {name: round(ratio, 2) for name, ratio in self.ratios().items()}
        return {**asdict(self), "ratios": ratios, "cores": os.cpu_count()}

    def table(self) -> str:
        """Write it for people."""
        ratios, empty = self.ratios(), f"engine: {self.engine.resources} empty resources"
        lines = [
            f"{self.people} people, {os.cpu_count()} cores",
            f"{'':<34}{'first up':>10}{'preview':>10}",
            f"{'product':<34}{self.product.up_s:>9.1f}s{self.product.preview_s:>9.1f}s",
            f"{empty:<34}{self.engine.up_s:>9.1f}s{self.engine.preview_s:>9.1f}s",
            f"{'API: add/mailbox by 4 threads':<34}{self.api_up_s:>9.1f}s",
            f"{'product : engine':<34}{ratios['up_to_engine']:>10.2f}{ratios['preview_to_engine']:>10.2f}",
            f"{'product : API':<34}{ratios['up_to_api']:>10.2f}",
            f"{'product : engine + API':<34}{ratios['up_to_both']:>10.2f}",
            f"{self.product.exchanges} exchanges with mailcow, {self.product.exchanges / self.people:.2f} a person",
        ]
        return "\n".join(lines)
