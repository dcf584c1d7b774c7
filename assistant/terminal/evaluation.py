"""The figures of an evaluation, as a table."""

from assistant.evaluation.evaluate import Evaluation


def evaluation_as_text(evaluation: Evaluation) -> str:
    """Return the figures as a table with their 95 % intervals."""
    lines = [f"{'questions':<18} {evaluation.queries:>9}"]
    for name, figure in evaluation.figures().items():
        said = "   nothing to measure it on"
        if figure is not None:
            said = f" {figure.value:>9.3f}   {figure.low:.3f} to {figure.high:.3f}"
        lines.append(f"{name.replace('_', ' '):<18}{said}")
    return "\n".join(lines)
