"""What has to be looked up at Oracle before a machine can be made: an image for its shape, a place's full name."""

import pulumi
import pulumi_oci as oci


def newest_image(*, compartment_id: str, shape: str, os_release: str, parent: pulumi.Resource) -> pulumi.Output[str]:
    """Look up Ubuntu's newest image; the shape decides the architecture.

    Args:
        compartment_id: OCID of the compartment.
        shape: OCI's name of the machine type.
        os_release: Ubuntu's release, such as ``24.04``.
        parent: Whose provider is asked, which has the region.

    Returns:
        The image's OCID; the program fails with advice when there is none.
    """
    images = oci.core.get_images_output(
        compartment_id=compartment_id,
        operating_system="Canonical Ubuntu",
        operating_system_version=os_release,
        shape=shape,
        state="AVAILABLE",
        sort_by="TIMECREATED",
        sort_order="DESC",
        opts=pulumi.InvokeOptions(parent=parent),
    )

    def first(found: oci.core.GetImagesResult) -> str:
        if not found.images:
            raise pulumi.RunError(
                f"no image of Ubuntu {os_release} for shape {shape} in this region;"
                " set os_release or instance_shape to a pair that Oracle offers"
            )
        return found.images[0].id

    return images.apply(first)


def availability_domain(
    *, compartment_id: str, number: int, key: str, region: str, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """Look up the name of an availability domain: it begins with letters that differ from tenancy to tenancy.

    Args:
        compartment_id: OCID of the compartment.
        number: Which one, from 1.
        key: The config key that says the number, for the problem.
        region: The region's name, for the problem.
        parent: Whose provider is asked.
    """
    domains = oci.identity.get_availability_domains_output(
        compartment_id=compartment_id, opts=pulumi.InvokeOptions(parent=parent)
    )

    def numbered(found: oci.identity.GetAvailabilityDomainsResult) -> str:
        known = [domain.name for domain in found.availability_domains]
        if number > len(known):
            raise pulumi.RunError(
                f"{key} {number} does not exist in {region}, which has {len(known)};"
                f" write a number from 1 to {len(known)}"
            )
        return known[number - 1]

    return domains.apply(numbered)
