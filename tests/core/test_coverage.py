"""Each domain of the lists is served by exactly one production stack."""

from core.coverage import ServedStack, coverage_problems


def stack(name: str, *domains: str, production: bool = True, mail_list: str = "mail_list.yml") -> ServedStack:
    return ServedStack(name=name, production=production, mail_list=mail_list, domains=domains)


LISTED = {"mail_list.yml": ("example.com", "startup.io")}


def test_two_production_stacks_share_the_domains_and_others_do_not_count() -> None:
    stacks = [stack("eu", "example.com"), stack("us", "startup.io"), stack("dev", "example.com", production=False)]

    assert coverage_problems(stacks, LISTED) == ()


def test_a_domain_that_only_a_trial_stack_serves_is_named_with_what_to_write() -> None:
    problems = coverage_problems([stack("prod", "example.com"), stack("dev", "startup.io", production=False)], LISTED)

    (problem,) = problems
    assert problem == (
        "startup.io of mail_list.yml is served by no production stack;"
        " add it to domain_names of the one that is to serve it"
    )


def test_a_domain_that_two_production_stacks_serve_is_named_with_both() -> None:
    problems = coverage_problems([stack("eu", "example.com", "startup.io"), stack("us", "startup.io")], LISTED)

    (problem,) = problems
    assert problem == (
        "startup.io of mail_list.yml is served by 2 production stacks, eu and us;"
        " take it out of domain_names of all but one"
    )


def test_without_any_production_stack_the_key_is_named() -> None:
    (problem,) = coverage_problems([stack("dev", "example.com", production=False)], LISTED)

    assert "mailstead:production: true" in problem
